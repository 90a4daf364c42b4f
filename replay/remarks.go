package replay

import "fmt"

// Remarks returns what has been noticed since it was asked last: a client that says something else than the captured one.
func (s *Server) Remarks() []string {
	remarks := s.remarks
	s.remarks = nil
	return remarks
}

// maxRemarks is how many remarks wait at most.
const maxRemarks = 100

// compare remarks on a client that begins to speak otherwise than the captured one did.
func (c *client) compare(data []byte) {
	if !c.answered {
		return
	}
	c.answered = false
	said, then := firstLine(data), ""
	if c.asked < len(c.s.exchange.Asked) {
		then = c.s.exchange.Asked[c.asked]
	}
	c.asked++
	if said != then && said != "" && then != "" && len(c.s.remarks) < maxRemarks {
		c.s.remarks = append(c.s.remarks, fmt.Sprintf("%s says %q, where the capture has %q: it gets what was answered then", c.remote, said, then))
	}
}
