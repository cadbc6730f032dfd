#!/bin/bash
# bfagent --install-service: the units, for the program where it lies.
. "${0%/*}/../lib/tap.sh"

for which in system user instance; do
	exits 0 "--install-service=$which" "$BF_BIN/bfagent" "--install-service=$which"
	is "$(grep -c '^ExecStart=' "$WORK/out")" 1 "$which: it starts one program"
	like "$(cat "$WORK/out")" "^ExecStart=$BF_BIN/bfagent( |\$)" "$which: this one"
	unlike "$(cat "$WORK/out")" '/usr/local' "$which: and knows no other place"
	case $which in
	system) unit=system/bfagent.service ;;
	user) unit=user/bfagent.service ;;
	instance) unit=system/bfagent@.service ;;
	esac
	is "$(sed "s|$BF_BIN/bfagent|/usr/local/bin/bfagent|" "$WORK/out")" "$(cat "agent/systemd/$unit")" "$which: otherwise it is the one that is installed"
done
if [ "$(id -u)" -eq 0 ]; then wanted=system; else wanted=user; fi
is "$("$BF_BIN/bfagent" --install-service)" "$("$BF_BIN/bfagent" --install-service=$wanted)" "without more it is the one of the $wanted"
mkdir "$WORK/a 100% place"
cp "$BF_BIN/bfagent" "$WORK/a 100% place/"
like "$("$WORK/a 100% place/bfagent" --install-service)" "^ExecStart=.*/a\\\\x20100%%\\\\x20place/bfagent " 'blanks and percent signs in its path are written as systemd wants them'
if command -v systemd-analyze >/dev/null; then
	mkdir "$WORK/unit"
	"$WORK/a 100% place/bfagent" --install-service=system >"$WORK/unit/bfagent.service"
	is "$(systemd-analyze --man=no verify "$WORK/unit/bfagent.service" 2>&1 | grep -F "$WORK/unit/")" '' 'and it finds nothing wrong there'
else
	skip 'systemd finds nothing wrong' 'systemd-analyze is not there'
fi
exits 2 'another unit is refused' "$BF_BIN/bfagent" --install-service=upstart
like "$(cat "$WORK/err")" 'system, user or instance' 'saying which there are'
is "$("$BF_BIN/bfagent" -V)" "$("$BF_BIN/bfagent" --version)" '-V is --version'
done_testing
