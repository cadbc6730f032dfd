#!/bin/bash
# "Render on farm" of file managers: the files they read are as they want them, and the answer is shown.
set -u
. "${0%/*}/../lib/tap.sh"

# ---- what file managers read ----
stage=$WORK/stage
ok 'make install' make --no-print-directory -s O="$BF_BIN" DESTDIR="$stage" PREFIX=/usr install
usr=$stage/usr
if command -v desktop-file-validate >/dev/null; then
	for file in applications/blendfolder-submit Thunar/sendto/blendfolder-submit; do
		is "$(desktop-file-validate "$usr/share/$file.desktop" 2>&1)" '' "share/$file.desktop is valid"
	done
else
	skip 'the .desktop files are valid' 'desktop-file-validate is not there'
fi
for file in applications/blendfolder-submit.desktop Thunar/sendto/blendfolder-submit.desktop kio/servicemenus/blendfolder.desktop \
	nemo/actions/blendfolder.nemo_action; do
	program=$(sed -n 's/^Exec=\([^ ]*\) %F$/\1/p' "$usr/share/$file")
	ok "$file starts a program that is installed" test -x "$stage$program" -a "$program" = /usr/lib/blendfolder/render-on-farm
done
like "$(cat "$usr/share/applications/blendfolder-submit.desktop")" '^MimeType=application/x-blender;$' 'it is offered for .blend files'

# ---- what it does ----
mkdir -p "$WORK/bin" "$HOME/.config/blendfolder"
cat >"$WORK/bin/bfsubmit" <<END
#!/bin/sh
{ echo "share=\$BF_SHARE"; printf '<%s>\n' "\$@"; } >"$WORK/called"
echo "queued as shot_1"
[ ! -e "$WORK/refuse" ] || { echo 'not a .blend' >&2; exit 1; }
END
for window in notify-send kdialog zenity; do
	printf '#!/bin/sh\nprintf "%%s\\n" %s "$@" >>"%s/shown"\n' "$window" "$WORK" >"$WORK/bin/$window"
done
chmod +x "$WORK"/bin/*
PATH=$WORK/bin:$PATH
unset BF_SHARE DISPLAY WAYLAND_DISPLAY XDG_CONFIG_HOME
run() { "$usr/lib/blendfolder/render-on-farm" "$@"; }

printf '[slot 0]\nshare = /wrong\n[agent]\n; share = /old\n  share = "/mnt/the farm" ; here\n[limits]\n' >"$HOME/.config/blendfolder/agent.ini"
exits 0 'files are submitted' run -- "-a b.blend" 'c;d.blend'
is "$(cat "$WORK/called")" 'share=/mnt/the farm
<-->
<-->
<-a b.blend>
<c;d.blend>' 'under their names, to the share that agent.ini says'
is "$(cat "$WORK/out")" 'queued as shot_1' 'without a screen the answer is printed'
BF_SHARE=/mnt/other exits 0 'BF_SHARE' run a.blend
is "$(head -n 1 "$WORK/called")" 'share=/mnt/other' 'comes first'
DISPLAY=:7 exits 0 'on a screen' run a.blend
like "$(cat "$WORK/shown")" '^notify-send$' 'success is a notification'
like "$(cat "$WORK/shown")" '^queued as shot_1$' 'with the answer'
touch "$WORK/refuse"
rm "$WORK/shown"
DISPLAY=:7 exits 1 'a file that is refused' run a.blend
like "$(cat "$WORK/shown")" '^kdialog$' 'is a window that stays'
like "$(cat "$WORK/shown")" '^not a \.blend$' 'with the reason'
rm "$HOME/.config/blendfolder/agent.ini" "$WORK/called"
[ ! -e /etc/blendfolder/agent.ini ] && {
	exits 3 'without a share' run a.blend
	like "$(cat "$WORK/out")" 'Which folder is the farm' 'it asks where that is'
	not_ok 'and starts nothing' test -e "$WORK/called"
}
done_testing
