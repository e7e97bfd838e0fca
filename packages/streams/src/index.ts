/** TCP streams put together from packets, and readers of TLS, QUIC, HTTP and DNS. Pure TypeScript. */

export {}
