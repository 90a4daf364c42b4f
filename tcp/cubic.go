package tcp

import "time"

// cubic is the part of CUBIC's state that NewReno has not (RFC 9438, Section 4.1). After a loss the window grows quickly
// back to where the loss was, lingers there, and then grows faster and faster: a cubic curve over the time since the loss,
// not over the number of acknowledgments, so that a long way is no disadvantage. Octets and integers: the same run gives
// the same numbers on every machine.
type cubic struct {
	max      int64         // W_max: the window just before the reduction, or less (fast convergence)
	prior    int64         // cwnd_prior: the window just before the reduction
	growing  bool          // a congestion avoidance stage has begun
	began    time.Duration // when, less the time in which the window was not used
	seen     time.Duration // the last acknowledgment of the stage
	k        time.Duration // K: how long the curve takes to be at W_max again
	origin   int64         // W_max of the curve: the level at which it is flat
	estimate int64         // W_est: what Reno would have

	rest, restEst int64 // fractions of an octet by which the window and the estimate grow: numerators
}

// Beta, by which a window is multiplied when something is lost, is 0.7, and C is 0.4 segments per second cubed (RFC 9438,
// Section 4.6 and Section 5).
const (
	betaTenths = 7
	cNum, cDen = 4, 10
	farthest   = 100 * time.Second // from K: beyond that the curve is higher than any window
)

// reduced notes a reduction of cwnd. Fast convergence: a flow that has less than at the last loss leaves room for others
// by aiming lower, "W_max = cwnd * (1 + beta) / 2" (RFC 9438, Section 4.7).
func (q *cubic) reduced(cwnd int64) {
	q.prior = cwnd
	if cwnd < q.max {
		q.max = cwnd * (10 + betaTenths) / 20
	} else {
		q.max = cwnd
	}
	q.growing = false
}

// begin begins a stage of congestion avoidance (RFC 9438, Section 4.2).
func (q *cubic) begin(at time.Duration, cwnd, mss int64) {
	q.growing, q.began, q.seen = true, at, at
	q.estimate, q.rest, q.restEst = cwnd, 0, 0
	if cwnd < q.max {
		q.origin = q.max
		// K = cbrt((W_max - cwnd_epoch) / C), in segments and seconds
		cubed := (q.max - cwnd) * cDen * 1_000_000 / (cNum * mss) * 1000 // milliseconds cubed
		q.k = time.Duration(cubeRoot(cubed)) * time.Millisecond
	} else { // after a timeout, or slow start that ended by itself (RFC 9438, Section 4.8 and Section 4.10)
		q.origin, q.max, q.k = cwnd, cwnd, 0
	}
}

// at is W_cubic(t) = C * (t - K)^3 + W_max, equation 1.
func (q *cubic) at(t time.Duration, mss int64) int64 {
	d := int64(min(max(t-q.k, -farthest), farthest) / time.Millisecond)
	return q.origin + d*d*d/1000*(cNum*mss)/cDen/1_000_000
}

// grow returns the window after n octets were acknowledged (RFC 9438, Section 4.3 to Section 4.5).
func (q *cubic) grow(at time.Duration, n, cwnd, mss int64, srtt time.Duration) int64 {
	if !q.growing {
		q.begin(at, cwnd, mss)
	}
	q.seen = at
	t := at - q.began
	// What Reno with this beta would have: "alpha = 3 * (1 - beta) / (1 + beta)", 9/17, until it is where the loss was.
	num, den := int64(9), int64(17)
	if q.estimate >= q.prior {
		num, den = 1, 1
	}
	q.restEst += n * mss * num
	q.estimate += q.restEst / (cwnd * den)
	q.restEst %= cwnd * den
	if q.at(t, mss) < q.estimate { // the Reno-friendly region
		return max(cwnd, q.estimate)
	}
	target := min(max(q.at(t+srtt, mss), cwnd), cwnd+cwnd/2) // concave and convex regions
	q.rest += (target - cwnd) * n
	grown := cwnd + q.rest/cwnd
	q.rest %= cwnd
	return grown
}

// pause takes the time in which the window was not used out of the curve: it must not have grown meanwhile (RFC 9438,
// Section 5.8).
func (q *cubic) pause(at time.Duration) {
	if q.growing {
		q.began += at - q.seen
		q.seen = at
	}
}

// cubeRoot is the largest integer whose cube is no more than n.
func cubeRoot(n int64) int64 {
	root := int64(0)
	for bit := int64(1) << 20; bit > 0; bit >>= 1 {
		if next := root + bit; next*next*next <= n {
			root = next
		}
	}
	return root
}
