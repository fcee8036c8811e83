package differential

// difference is a server of which the two say different things.
type difference struct {
	kind, server string // of a contest
	why          string
}

// differences are all that there are. Each was looked at and found to be no
// fault of the agent's: what is, is mended and not written here.
func differences() []difference {
	return []difference{
		{"http", "body of 2 MiB", "The agent reads at most `maxBody`, 1 MiB unless told otherwise: an answer that was not read to its end was not judged. The exporter reads without bound unless `body_size_limit` is set; where it is, they agree."},
		{"http", "gzip bomb of 32 MiB", "As above, of what is unpacked."},
		{"http", "no gzip, though asked for", "A server may send what it likes to whoever accepts gzip (RFC 9110, 12.5.3), so the agent unpacks what says that it is packed. The exporter unpacks in every case, and fails."},
		{"tls", "certificate of 10,000 names", "The exporter's Go 1.19 takes no handshake message over 64 KiB. The agent's takes certificates up to 256 KiB, and judges them."},
		{"tcp", "banner in the second line, with an anchor", "The exporter matches line by line, so that `^` is any line's beginning. The agent matches all that came; `(?m)^220 ` finds the line."},
		{"tcp", "banner without a line's end", "The exporter waits for the line to end. The agent matches as bytes come, since prompts and binary protocols have no lines."},
		{"dns", "NOERROR without a record", "A name without an address serves nobody. Whoever expects that gives `rcode: [NOERROR]`; then they agree."},
		{"dns", "truncated, and a match by TCP", "The agent asks again by TCP, as RFC 7766 wants of clients, and matches the whole answer. The exporter matches the cut one."},
		{"dns", "truncated, and silent by TCP", "As above: who needs the whole answer does not get it. The exporter takes the cut one for an answer."},
		{"dns", "aliases in a circle", "Nobody gets an address from them. The exporter looks at the rcode alone."},
		{"dns", "answer to another name", "It is none to the question, and may be forged (RFC 5452, 9.1). The exporter looks at the identifier alone."},
		{"dns", "a question instead of an answer", "As above: its own question, sent back, is no answer."},
	}
}
