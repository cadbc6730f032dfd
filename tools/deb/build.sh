#!/bin/sh
# Makes a Debian package of what `make install DESTDIR=DIR/root PREFIX=/usr` has put there: DIR/blendfolder_….deb.
#
#   tools/deb/build.sh DIR VERSION          (make deb does all of it)
#
# DEBEMAIL and DEBFULLNAME name the maintainer, SOURCE_DATE_EPOCH the time in it: the last commit's if it is not set.
set -eu
here=$(dirname "$0")
dir=$1 version=$2
root=$dir/root doc=$dir/root/usr/share/doc/blendfolder
arch=$(dpkg --print-architecture)
maintainer="${DEBFULLNAME:-blendfolder developers} <${DEBEMAIL:-maintainers@blendfolder.example}>"
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
umask 022

# Debian has its own places for some things.
mkdir -p "$root/usr/share/zsh/vendor-completions" "$root/lib"
mv "$root"/usr/share/zsh/site-functions/* "$root/usr/share/zsh/vendor-completions/"
rmdir "$root/usr/share/zsh/site-functions"
mv "$root/usr/lib/systemd" "$root/lib/systemd"
mkdir -p "$root/usr/lib/systemd"
mv "$root/lib/systemd/user" "$root/usr/lib/systemd/user"
chmod 644 "$root/usr/share/kio/servicemenus/blendfolder.desktop"

mv "$doc/CHANGELOG.md" "$doc/changelog"
cp "$here/copyright" "$doc/copyright"
{
	printf 'blendfolder (%s-1) UNRELEASED; urgency=medium\n\n  * See changelog.gz.\n\n' "$version"
	printf ' -- %s  %s\n' "$maintainer" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")"
} >"$doc/changelog.Debian"
# It is not for the archive of Debian, where a first changelog closes the bug that asked for the package.
mkdir -p "$root/usr/share/lintian/overrides"
echo 'blendfolder: initial-upload-closes-no-bugs' >"$root/usr/share/lintian/overrides/blendfolder"
gzip -9n "$doc/changelog" "$doc/changelog.Debian"
find "$root/usr/share/man" -type f ! -name '*.gz' -exec gzip -9n {} +
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$root"/usr/bin/*

# What the programs need, from the libraries they are linked to.
mkdir -p "$dir/debian" "$root/DEBIAN"
printf 'Source: blendfolder\n\nPackage: blendfolder\nArchitecture: %s\n' "$arch" >"$dir/debian/control"
needs=$(cd "$dir" && dpkg-shlibdeps -O root/usr/bin/* 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
size=$(du -k -s --apparent-size "$root/usr" | cut -f1)
sed -e "s|@VERSION@|$version-1|" -e "s|@ARCH@|$arch|" -e "s|@MAINTAINER@|$maintainer|" -e "s|@DEPENDS@|$needs|" \
	-e "s|@SIZE@|$size|" "$here/control.in" >"$root/DEBIAN/control"
for script in prerm postrm; do install -m 755 "$here/$script" "$root/DEBIAN/$script"; done
(cd "$root" && find usr lib -type f -exec md5sum {} + | LC_ALL=C sort -k 2) >"$root/DEBIAN/md5sums"

find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz --build "$root" "$dir/blendfolder_$version-1_$arch.deb" >/dev/null
echo "$dir/blendfolder_$version-1_$arch.deb"
