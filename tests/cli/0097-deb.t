#!/bin/bash
# make deb: a package that lintian accepts; it installs, runs, and goes away without a trace.
# timeout: 300
set -u
. "${0%/*}/../lib/tap.sh"
command -v dpkg-shlibdeps >/dev/null || skip_all 'optional: no dpkg-dev here'
if [ -n "${BF_SANITIZER:-}" ]; then skip_all 'optional: a package of programs with sanitizers is nobody'"'"'s'; fi

# What is built lies elsewhere: only the packing is done here.
mkdir "$WORK/o"
cp -a "$BF_BIN"/obj "$BF_BIN"/lib*.a "$BF_BIN"/bf* "$WORK/o/"
ok 'make deb' make --no-print-directory -s O="$WORK/o" deb
package=$(echo "$WORK"/o/deb/blendfolder_*_*.deb)
version=$("$BF_BIN/bfagent" --version)
is "$(dpkg-deb -f "$package" Version)" "${version#* }-1" 'it has the version of the programs'
like "$(dpkg-deb -f "$package" Depends)" 'libc6 .*libpng16' 'and names the libraries they need'
is "$(dpkg-deb -c "$package" | awk '$2 != "root/root"')" '' 'all of it belongs to root'
if command -v lintian >/dev/null; then
	is "$(TMPDIR=$WORK lintian --allow-root --fail-on none "$package" 2>&1 | grep -v 'running with root')" '' 'lintian has nothing to say'
else
	skip 'lintian has nothing to say' 'optional: no lintian here'
fi

# ---- unpacked ----
dpkg-deb -x "$package" "$WORK/x"
for program in "$WORK"/x/usr/bin/*; do
	exits 0 "${program##*/} runs" "$program" --version
done
for unit in lib/systemd/system/bfagent.service lib/systemd/system/bfagent@.service usr/lib/systemd/user/bfagent.service; do
	like "$(cat "$WORK/x/$unit")" '^ExecStart=/usr/bin/bfagent' "$unit starts it"
done
is "$(grep -rl /usr/local "$WORK/x/lib" "$WORK/x/usr/share/applications" "$WORK/x/usr/share/kio" "$WORK/x/usr/share/nemo")" '' \
	'nothing points below /usr/local'

# ---- installed, in a copy of this system that is thrown away: all that changes is in up/ ----
cat >"$WORK/inside" <<'END'
set -eu
mount -t tmpfs tmpfs "$1"
mkdir "$1/up" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/up,workdir=$1/work" "$1/root"
[ $# -eq 3 ] || exit 0
cp "$2" "$1/root/package.deb"
chroot "$1/root" /bin/sh -eu
rm "$1/root/package.deb"
cd "$1/up"
find . ! -type d ! -path './var/lib/dpkg/*' ! -path './var/cache/*' ! -path './var/log/*' ! -path './dev/*' ! -name mimeinfo.cache | sed 's/^/left over: /'
END
mkdir "$WORK/mnt"
apart=(unshare --mount)
[ "$(id -u)" -eq 0 ] || apart=(unshare --mount --map-root-user)
if dpkg-query -W blendfolder >/dev/null 2>&1; then
	skip 'dpkg installs and removes it' 'optional: a package of that name is installed here'
elif "${apart[@]}" sh "$WORK/inside" "$WORK/mnt" "$package" 2>/dev/null; then
	cat >"$WORK/steps" <<'END'
exec 2>&1
dpkg -i --force-depends /package.deb
echo "installed: $(dpkg-query -W -f '${db:Status-Status}' blendfolder)"
for program in bfagent bfstatus bfmerge; do /usr/bin/$program --version; done
test -s /usr/share/man/man1/bfagent.1.gz && echo 'manual: yes'
mkdir -p /etc/systemd/system/multi-user.target.wants
ln -s /lib/systemd/system/bfagent.service /etc/systemd/system/multi-user.target.wants/bfagent.service
dpkg --purge blendfolder
echo "purged: $(dpkg-query -W -f '${db:Status-Status}' blendfolder 2>/dev/null || echo gone)"
END
	out=$("${apart[@]}" sh "$WORK/inside" "$WORK/mnt" "$package" chroot <"$WORK/steps" 2>&1)
	like "$out" '^installed: installed$' 'dpkg installs it'
	like "$out" "^$version\$" 'its programs run from there'
	like "$out" '^manual: yes$' 'its manual is there'
	like "$out" '^purged: gone$' 'dpkg removes it'
	unlike "$out" '^left over:' 'and nothing is left over'
else
	skip 'dpkg installs and removes it' 'optional: overlay mounts are not allowed here'
fi
done_testing
