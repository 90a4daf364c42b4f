package capture

// tlsPort is where HTTPS servers listen.
const tlsPort = 443
