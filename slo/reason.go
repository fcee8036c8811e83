package slo

// Reason names why a measurement is not up. It is one of the constants below,
// stable across releases, fit for a label; it is empty for an outcome of up.
type Reason string

// Why a target was judged down, in the order in which a probe meets them.
const (
	ResolveTimeout     Reason = "resolve_timeout"
	ResolveFailed      Reason = "resolve_failed"   // SERVFAIL, REFUSED or no usable answer
	ResolveNotFound    Reason = "resolve_notfound" // NXDOMAIN, or no address of the wanted family
	ConnectRefused     Reason = "connect_refused"
	ConnectReset       Reason = "connect_reset"
	ConnectTimeout     Reason = "connect_timeout"
	ConnectUnreachable Reason = "connect_unreachable" // no route, as told by a router on the way
	TLSTimeout         Reason = "tls_timeout"
	TLSFailed          Reason = "tls_failed" // the handshake broke
	TLSExpired         Reason = "tls_expired"
	TLSExpiresSoon     Reason = "tls_expires_soon" // inside the probe's own minimum
	TLSUntrusted       Reason = "tls_untrusted"
	TLSNameMismatch    Reason = "tls_name_mismatch"
	TLSRevoked         Reason = "tls_revoked"      // the stapled OCSP answer says so
	TLSStapleMissing   Reason = "tls_staple"       // wanted, and missing, invalid or out of date
	TLSVersionLow      Reason = "tls_version"      // under the probe's own minimum
	TLSCipherRefused   Reason = "tls_cipher"       // not one that the probe accepts
	StartTLSRefused    Reason = "starttls_refused" // the server does not go over to TLS
	SendFailed         Reason = "send_failed"
	FirstByteTimeout   Reason = "first_byte_timeout"
	TransferTimeout    Reason = "transfer_timeout"
	TransferBroken     Reason = "transfer_broken" // closed or reset before the end
	ProtocolError      Reason = "protocol_error"  // what came back is not the protocol
	ResponseTooLarge   Reason = "response_too_large"
	RedirectLimit      Reason = "redirect_limit"
	RedirectInvalid    Reason = "redirect_invalid"
	StatusUnexpected   Reason = "status_unexpected"
	HeaderMismatch     Reason = "header_mismatch"
	BodyMismatch       Reason = "body_mismatch"
	AssertionFailed    Reason = "assertion_failed" // a CEL condition does not hold
	CaptureMissing     Reason = "capture_missing"  // steps: the answer has nothing to capture
	ElementMissing     Reason = "element_missing"  // browser: what is to be used is not to be seen on the page
	ProxyRefused       Reason = "proxy_refused"    // the proxy did not get through to the target
	BannerMismatch     Reason = "banner_mismatch"
	NotServing         Reason = "not_serving"       // grpc: the health service says so; sql: the server takes nobody in
	HostKeyMismatch    Reason = "host_key_mismatch" // ssh: not one of those that were named
	LoginRefused       Reason = "login_refused"
	QueryFailed        Reason = "query_failed"     // sql: the server refused the query, or broke it off
	HeartbeatLate      Reason = "heartbeat_late"   // push: none came in time
	HeartbeatFailed    Reason = "heartbeat_failed" // push: the job says that it failed
	CheckWarning       Reason = "check_warning"    // exec: exit code 1, where that counts as down
	CheckCritical      Reason = "check_critical"   // exec: exit code 2
	RcodeUnexpected    Reason = "rcode_unexpected"
	AnswerMismatch     Reason = "answer_mismatch"
	BackupMissing      Reason = "backup_missing" // backup: there is none
	BackupStale        Reason = "backup_stale"   // backup: the newest is older than wanted
	BackupSmall        Reason = "backup_small"   // backup: the newest is smaller than wanted
	NoReply            Reason = "no_reply"       // icmp: every packet was lost
	PacketLoss         Reason = "packet_loss"    // icmp: more than allowed were
)

// Why an agent could not measure. Each goes with an outcome of unknown.
const (
	AgentOverloaded   Reason = "agent_overloaded"   // the slot could not be run on time
	AgentPaused       Reason = "agent_paused"       // the machine slept or its clock jumped over the slot
	AgentUplink       Reason = "agent_uplink"       // the agent's own network is away
	AgentResolver     Reason = "agent_resolver"     // the agent's own resolver does not answer
	AgentPermission   Reason = "agent_permission"   // the system does not let the agent do this
	AgentResources    Reason = "agent_resources"    // no socket, port or memory left
	AgentDenied       Reason = "agent_denied"       // the agent's allow-list forbids it
	AgentSecret       Reason = "agent_secret"       // the agent lacks a secret that the probe needs
	AgentToken        Reason = "agent_token"        // no access token was to be had
	AgentProxy        Reason = "agent_proxy"        // the proxy does not answer, or not to this agent
	CheckUnknown      Reason = "check_unknown"      // exec: the plugin could not tell
	CheckTimeout      Reason = "check_timeout"      // exec: the plugin did not end in time
	HeartbeatAwaited  Reason = "heartbeat_awaited"  // push: none came yet, and none is late
	CountMissing      Reason = "count_missing"      // promql: nothing is known of the requests
	CountInvalid      Reason = "count_invalid"      // promql: what is answered is not a number of requests
	AgentUnsupported  Reason = "agent_unsupported"  // a kind or option that this agent does not have
	AgentInternal     Reason = "agent_internal"     // a bug in the probe, caught
	AgentShuttingDown Reason = "agent_shuttingdown" // stopped while the probe ran
)

// Why records are missing for good (Gap.Reason).
const (
	GapQueueFull Reason = "queue_full" // the queue's size or age bound was reached
	GapDiskFull  Reason = "disk_full"
	GapCorrupt   Reason = "queue_corrupt" // the disk gave back other bytes than were written
)

// Reasons lists every reason that a measurement can have.
func Reasons() []Reason {
	return []Reason{
		ResolveTimeout, ResolveFailed, ResolveNotFound, ConnectRefused, ConnectReset, ConnectTimeout, ConnectUnreachable,
		TLSTimeout, TLSFailed, TLSExpired, TLSExpiresSoon, TLSUntrusted, TLSNameMismatch, TLSRevoked, TLSStapleMissing,
		TLSVersionLow, TLSCipherRefused, StartTLSRefused, SendFailed, FirstByteTimeout, TransferTimeout, TransferBroken,
		ProtocolError, ResponseTooLarge, RedirectLimit, RedirectInvalid, StatusUnexpected, HeaderMismatch, BodyMismatch, AssertionFailed, CaptureMissing, ElementMissing, ProxyRefused,
		BannerMismatch, NotServing, HostKeyMismatch, LoginRefused, QueryFailed, HeartbeatLate, HeartbeatFailed, CheckWarning, CheckCritical, RcodeUnexpected, AnswerMismatch, BackupMissing, BackupStale, BackupSmall, NoReply, PacketLoss,
		AgentOverloaded, AgentPaused, AgentUplink, AgentResolver, AgentPermission, AgentResources, AgentDenied, AgentSecret, AgentToken, AgentProxy, CheckUnknown, CheckTimeout, HeartbeatAwaited, CountMissing, CountInvalid,
		AgentUnsupported, AgentInternal, AgentShuttingDown,
	}
}

// Fault says whose failure a reason speaks of.
type Fault string

// The faults that a reason can point to.
const (
	FaultNone     Fault = ""
	FaultTarget   Fault = "target"
	FaultPath     Fault = "path"
	FaultResolver Fault = "resolver"
	FaultAgent    Fault = "agent"
)

// Fault returns whose failure r speaks of: the target's, the path's to it,
// the resolver's, or the agent's own; FaultNone for the empty reason.
func (r Reason) Fault() Fault {
	switch r {
	case "":
		return FaultNone
	case ResolveTimeout, ResolveFailed, ResolveNotFound:
		return FaultResolver
	case ConnectTimeout, ConnectUnreachable, ProxyRefused, NoReply, PacketLoss:
		return FaultPath
	case AgentOverloaded, AgentPaused, AgentUplink, AgentResolver, AgentPermission, AgentResources,
		AgentDenied, AgentSecret, AgentToken, AgentProxy, CheckUnknown, CheckTimeout, HeartbeatAwaited, CountMissing, CountInvalid, AgentUnsupported, AgentInternal, AgentShuttingDown,
		GapQueueFull, GapDiskFull, GapCorrupt:
		return FaultAgent
	}
	return FaultTarget
}
