# shellcheck shell=sh
# Helpers for tests of what stands on a terminal, sourced after tap.sh: a tmux server of our own, so that nobody else's
# sessions are touched, with one window at a time.
#
#   open_window 80 24 'COMMAND LINE'
#   ok 'it draws' wait_until 20 shows 'REGEX'
#   keys q C-c
#   close
#
# A test that sees more than the plain text replaces screen.

command -v tmux >/dev/null || skip_all 'tmux is missing'
unset TMUX BF_SHARE NO_COLOR
echo 'set -g exit-empty off' >"$WORK/tmux.conf"
trap 'tm kill-server 2>/dev/null || :; tap_end' EXIT

tm() { tmux -f "$WORK/tmux.conf" -S "$WORK/tmux" "$@"; }
open_window() { tm new-session -d -s t -x "$1" -y "$2" "$3"; }
close() { tm kill-session -t t; }
keys() { tm send-keys -t t "$@"; }
screen() { tm capture-pane -p -t t 2>/dev/null; }
shows() { screen | grep -Eq -e "$1"; }
shows_not() { ! shows "$1"; }
