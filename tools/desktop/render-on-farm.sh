#!/bin/sh
# What "Render on farm" in a file manager starts: bfsubmit for the chosen files, and its answer where it can be seen.
#
#   render-on-farm FILE...
#
# The share is $BF_SHARE, or what agent.ini of this user or machine says. As a script of Nautilus it is linked into
# ~/.local/share/nautilus/scripts/.
set -u
title='Render on farm'

# The value of share in the section [agent].
share_of() {
	sed -n '/^[[:space:]]*\[/h; /^[[:space:]]*share[[:space:]]*=/{ G; s/^[[:space:]]*share[[:space:]]*=[[:space:]]*\([^;#]*[^;#[:space:]]\).*\n[[:space:]]*\[agent\].*/\1/p; }' \
		"$1" 2>/dev/null | sed 's/^"\(.*\)"$/\1/' | head -n 1
}

# tell good|bad TEXT: in a window, a notification, or here.
tell() {
	if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
		printf '%s\n' "$2"
	elif [ "$1" = good ] && command -v notify-send >/dev/null; then
		notify-send --app-name=blendfolder -- "$title" "$2"
	elif command -v kdialog >/dev/null; then
		kdialog --title "$title" "$([ "$1" = good ] && echo --msgbox || echo --error)" "$2"
	elif command -v zenity >/dev/null; then
		zenity "$([ "$1" = good ] && echo --info || echo --error)" --title="$title" --no-markup --text="$2"
	elif command -v xmessage >/dev/null; then
		xmessage "$2"
	else
		printf '%s\n' "$2"
	fi
}

for ini in "${XDG_CONFIG_HOME:-${HOME:-/nonexistent}/.config}/blendfolder/agent.ini" /etc/blendfolder/agent.ini; do
	[ -n "${BF_SHARE:-}" ] || BF_SHARE=$(share_of "$ini")
done
if [ -z "$BF_SHARE" ]; then
	tell bad 'Which folder is the farm? Write its path into ~/.config/blendfolder/agent.ini:
[agent]
share = /mnt/farm'
	exit 3
fi
export BF_SHARE

code=0
answer=$(bfsubmit -- "$@" 2>&1) || code=$?
if [ "$code" -eq 0 ]; then tell good "$answer"; else tell bad "$answer"; fi
exit "$code"
