#!/bin/sh
# Installs what the tests of the whole need from Debian: the servers they talk
# to and the compiler of the race detector. Does nothing where all of it is
# there. No server is started, neither now nor at the next boot: tests start
# their own, on ports of their own.
set -eu

packages='prometheus prometheus-alertmanager prometheus-blackbox-exporter opensmtpd dovecot-imapd dovecot-pop3d dovecot-submissiond openssh-server nginx-light ngtcp2-server tinyproxy bind9 vsftpd slapd prosody postgresql mariadb-server redis-server monitoring-plugins-basic chromium poppler-utils systemd gcc libc6-dev'
# Services, with the package that brings one of another name behind a colon.
services='prometheus prometheus-alertmanager prometheus-blackbox-exporter opensmtpd dovecot:dovecot-imapd ssh:openssh-server nginx:nginx-light tinyproxy named:bind9 vsftpd slapd prosody postgresql mariadb:mariadb-server redis-server'

# Asked by package scripts before they start a server. ASSAY_TEST_ROOT is for
# this script's own test.
policy=${ASSAY_TEST_ROOT:-}/usr/sbin/policy-rc.d
aside=$policy.before-assay
mark='# assay: no server starts while test servers are installed'

fail() {
	echo "test-servers: $*" >&2
	exit 1
}

# missing prints those of its arguments that are not installed.
missing() {
	for p in "$@"; do
		state=$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null) || state=absent
		[ "$state" = installed ] || printf '%s ' "$p"
	done
}

# forbid_starts puts a policy in place under which nothing starts; what stood
# there before is moved aside as it is.
forbid_starts() {
	if [ -e "$policy" ] || [ -L "$policy" ]; then
		mv "$policy" "$aside"
	fi
	printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy"
	chmod 755 "$policy"
}

# restore_policy undoes forbid_starts, also one that an earlier run was killed
# in the middle of.
restore_policy() {
	if [ -f "$policy" ] && grep -qxF "$mark" "$policy"; then
		rm -f "$policy"
	fi
	if [ -e "$aside" ] || [ -L "$aside" ]; then
		mv "$aside" "$policy"
	fi
}

command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
	fail "this is not Debian; install by hand what it calls: $packages"

# shellcheck disable=SC2086 # a list of words
wanted=$(missing $packages)
if [ -z "$wanted" ]; then
	echo "test-servers: all there"
	exit 0
fi
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null ||
		fail "not root and no sudo here; as root run: sh internal/testservers/install.sh (it installs $wanted)"
	exec sudo sh "$0"
fi

echo "test-servers: installing $wanted"
restore_policy
trap restore_policy EXIT
trap 'exit 1' HUP INT TERM
forbid_starts
export DEBIAN_FRONTEND=noninteractive
apt-get -q -o Acquire::Retries=3 update
# shellcheck disable=SC2086
apt-get -q -y -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 \
	--no-install-recommends --no-remove install $wanted
for s in $services; do
	case " $wanted" in
	*" ${s#*:} "*) update-rc.d "${s%%:*}" disable ;;
	esac
done
