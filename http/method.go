package http

// The methods of RFC 9110, Section 9.3.
const (
	MethodGet     = "GET"     // transfer a current representation of the target resource
	MethodHead    = "HEAD"    // the same as GET, but do not transfer the response content
	MethodPost    = "POST"    // perform resource-specific processing on the request content
	MethodPut     = "PUT"     // replace all current representations of the target resource with the request content
	MethodDelete  = "DELETE"  // remove all current representations of the target resource
	MethodConnect = "CONNECT" // establish a tunnel to the server identified by the target resource
	MethodOptions = "OPTIONS" // describe the communication options for the target resource
	MethodTrace   = "TRACE"   // perform a message loop-back test along the path to the target resource
)
