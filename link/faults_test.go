package link

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseFaultsReadsEveryPart(t *testing.T) {
	const s = "loss=10%,delay=20ms,jitter=5ms,reorder=1%,dup=2%,corrupt=0.1%,rate=10mbit,queue=32"
	f, err := ParseFaults(s)
	require.NoError(t, err)
	require.Equal(t, Faults{
		Loss: 0.1, Reorder: 0.01, Duplicate: 0.02, Corrupt: 0.001,
		Delay: 20 * time.Millisecond, Jitter: 5 * time.Millisecond, Rate: 10_000_000, Queue: 32,
	}, f)
	require.Equal(t, s, f.String())
}

func TestFaultsAreWrittenBack(t *testing.T) {
	for _, c := range []struct{ in, out string }{
		{"", "none"},
		{"none", "none"},
		{"loss=0%", "none"},
		{" loss = 7% , queue=5 ", "loss=7%,queue=5"},
		{"loss=100%", "loss=100%"},
		{"loss=0.001%", "loss=0.001%"},
		{"loss=33.3%", "loss=33.3%"},
		{"delay=1500us", "delay=1.5ms"},
		{"rate=1gbit", "rate=1gbit"},
		{"rate=1.5mbit", "rate=1500kbit"},
		{"rate=300bit", "rate=300bit"},
		{"loss=1%,loss=2%", "loss=2%"},
		{"loss=1%,none,dup=3%", "dup=3%"},
		{"down", "down"},
		{"down,loss=1%,down=false", "loss=1%"},
		{"loss=1%,down=true", "down,loss=1%"},
	} {
		f, err := ParseFaults(c.in)
		require.NoError(t, err, c.in)
		require.Equal(t, c.out, f.String(), c.in)
	}
}

func TestApplyKeepsWhatIsNotNamed(t *testing.T) {
	f := Faults{Loss: 0.1, Delay: time.Second}
	got, err := f.Apply("loss=2%,dup=1%")
	require.NoError(t, err)
	require.Equal(t, Faults{Loss: 0.02, Delay: time.Second, Duplicate: 0.01}, got)
}

func TestParseFaultsNamesTheWrongPart(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"loss", `link: "loss" is not a fault: write name=value, as in loss=10%; known: ` + knownFaults},
		{"delay=1ms,los=10%", `link: "los=10%": no fault is called "los"; known: ` + knownFaults},
		{"loss=0.1", `link: "loss=0.1": "0.1" is not a percentage from 0% to 100%`},
		{"loss=101%", `link: "loss=101%": "101%" is not a percentage from 0% to 100%`},
		{"loss=-1%", `link: "loss=-1%": "-1%" is not a percentage from 0% to 100%`},
		{"loss=NaN%", `link: "loss=NaN%": "NaN%" is not a percentage from 0% to 100%`},
		{"delay=20", `link: "delay=20": "20" is not a time from 0s to 1h, such as 20ms`},
		{"delay=-1s", `link: "delay=-1s": "-1s" is not a time from 0s to 1h, such as 20ms`},
		{"jitter=2h", `link: "jitter=2h": "2h" is not a time from 0s to 1h, such as 20ms`},
		{"rate=10", `link: "rate=10": "10" is not a rate from 1bit to 1000gbit, such as 10mbit`},
		{"rate=0mbit", `link: "rate=0mbit": "0mbit" is not a rate from 1bit to 1000gbit, such as 10mbit`},
		{"rate=2000gbit", `link: "rate=2000gbit": "2000gbit" is not a rate from 1bit to 1000gbit, such as 10mbit`},
		{"down=yes", `link: "down=yes": "yes" is neither true nor false`},
		{"queue=0", `link: "queue=0": "0" is not a number of packets from 1 to 1000000`},
		{"loss=1%,,dup=1%", `link: "" is not a fault: write name=value, as in loss=10%; known: ` + knownFaults},
	} {
		_, err := ParseFaults(c.in)
		require.EqualError(t, err, c.want)
	}
}

func TestParseFault(t *testing.T) {
	for _, c := range []struct{ in, link, faults string }{
		{"r1-r2:loss=10%", "r1-r2", "loss=10%"},
		{"r1>r2:delay=1ms,dup=1%", "r1>r2", "delay=1ms,dup=1%"},
		{" tun : none ", "tun", "none"},
	} {
		link, faults, err := ParseFault(c.in)
		require.NoError(t, err)
		require.Equal(t, c.link, link)
		require.Equal(t, c.faults, faults)
	}
	for _, c := range []struct{ in, want string }{
		{"loss=10%", `link: "loss=10%" names no link: write LINK:FAULTS, as in r1-r2:loss=10%`},
		{":loss=10%", `link: ":loss=10%" names no link: write LINK:FAULTS, as in r1-r2:loss=10%`},
		{"a>b>c:loss=10%", `link: "a>b>c" is not the name of a link: write r1-r2, or r1>r2 for one direction`},
		{"loss=1%:loss=10%", `link: "loss=1%" is not the name of a link: write r1-r2, or r1>r2 for one direction`},
		{"r1-r2:", `link: "r1-r2:" names no fault: known: ` + knownFaults + `, or none to clear them`},
		{"r1-r2:lag=1s", `link: "lag=1s": no fault is called "lag"; known: ` + knownFaults},
	} {
		_, _, err := ParseFault(c.in)
		require.EqualError(t, err, c.want)
	}
}

func FuzzParseFaults(f *testing.F) {
	for _, s := range []string{
		"", "none", "loss=10%,delay=20ms,jitter=5ms,reorder=1%,dup=1%,corrupt=0.1%,rate=10mbit,queue=32",
		"loss=1e-300%", "rate=0.5bit", "rate=1e12bit", "delay=1h", "queue=1000000", "loss", "=", ",",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		first, err := ParseFaults(s)
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		for _, p := range []float64{first.Loss, first.Reorder, first.Duplicate, first.Corrupt} {
			require.True(t, p >= 0 && p <= 1)
		}
		second, err := ParseFaults(first.String())
		require.NoError(t, err)
		require.Equal(t, first.String(), second.String())
	})
}
