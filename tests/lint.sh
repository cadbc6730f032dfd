#!/bin/bash
# What can be said about the sources without running them.
#
#   tests/lint.sh [CHECK...]      the checks are listed at the end; all when none is named
#
# One line per check, what is wrong below it; the last line is `N passed, N failed, N skipped`; exit code 1 if
# any failed. A tool that is missing is a skip, with CI=true a failure. Builds under ${O:-build}/lint.
set -uo pipefail

cd "$(dirname "$0")/.." || exit 1
build=${O:-build}/lint
unset MAKEFLAGS MAKELEVEL MFLAGS O DEV V
passed=0 failed=0 skipped=0
shopt -s nullglob globstar

product=(share-layout/**/*.[ch] agent/**/*.[ch] tools/**/*.[ch])
headers=(share-layout/**/*.h agent/**/*.h tools/**/*.h tests/lib/*.h tests/helpers/*.h)
shells=(tests/**/*.sh tests/**/*.t tests/shares/{as,bed,fault,guest} .ci/run tools/**/*.sh tools/completions/*.bash agent/*.sh docs/**/*.sh)
pythons=(agent/**/*.py tools/**/*.py tests/**/*.py)
pages=(share-layout/**/*.[1-9] agent/**/*.[1-9] tools/**/*.[1-9])

# check NAME COMMAND...: silence is success; what it prints is what is wrong.
check() {
	local name=$1 found
	shift
	if found=$("$@" 2>&1) && [ -z "$found" ]; then
		passed=$((passed + 1))
		echo "ok   $name"
	else
		failed=$((failed + 1))
		echo "FAIL $name"
		printf '%s\n' "${found:-(it said nothing, but failed)}" | head -n 60 | sed 's/^/     | /'
	fi
}

# need TOOL NAME: whether the tool for the check NAME is there.
need() {
	command -v "$1" >/dev/null && return 0
	if [ "${CI:-}" = true ]; then
		failed=$((failed + 1))
		echo "FAIL $2: $1 is missing"
	else
		skipped=$((skipped + 1))
		echo "skip $2: $1 is missing"
	fi
	return 1
}

# ---- builds

# Everything compiled by one compiler, without a warning.
build_with() {
	local objects=(tests/sim/*.c) quiet=(--no-print-directory -s -k -j2 CC="$1" DEV=1)
	objects=("${objects[@]/#/$build/$1/sim/obj/}")
	objects=("${objects[@]/%.c/.o}")
	{
		make "${quiet[@]}" O="$build/$1" all unit helpers &&
			make "${quiet[@]}" O="$build/$1/sim" SIM=1 "${objects[@]}"
	} 2>&1 >/dev/null | grep -Ev '^make(\[[0-9]+\])?: ' | head -n 50
	[ "${PIPESTATUS[0]}" -eq 0 ]
}

lint_gcc() { need gcc 'gcc -Werror' && check 'everything builds with gcc -Werror' build_with gcc; }
lint_clang() { need clang 'clang -Werror' && check 'everything builds with clang -Werror' build_with clang; }

# ---- arrows

# includes DIR ALLOWED: the project's includes in DIR's files (not below) that lead elsewhere, or go round by `..`.
includes() {
	grep -nHE '^[[:space:]]*#[[:space:]]*include[[:space:]]*("|<(share-layout|agent|tools|tests)/)' "$1"/*.[ch] /dev/null |
		awk -v allowed="include[[:space:]]*\"($2)/[^\"]*\"" '$0 !~ allowed || /\.\.\//'
	return 0
}

lint_arrows() {
	check 'arrows: share-layout/base includes only itself' includes share-layout/base 'share-layout/base'
	check 'arrows: share-layout includes only share-layout' includes share-layout 'share-layout'
	check 'arrows: agent includes only share-layout and itself' includes agent 'share-layout|agent'
	check 'arrows: tools include only share-layout and themselves' includes tools 'share-layout|tools'
}

# ---- doors

# door HEADER FILE...: the sources other than FILEs that include this system header.
door() {
	local header=$1 file found
	shift
	while read -r found; do
		for file in "$@"; do
			[ "$found" != "$file" ] || continue 2
		done
		echo "$found includes <$header…>, the door is $*"
	done < <(grep -lE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]$header" "${product[@]}")
}

lint_doors() {
	check 'one door: libinotifytools' door inotifytools/ agent/watch_inotify.c
	check 'one door: iniparser' door '(iniparser/)?(iniparser|dictionary)\.h' share-layout/base/ini.c
	check 'one door: libpng' door '(libpng[0-9]*/)?png\.h' tools/piece_png.c
	check 'one door: OpenEXR' door '(OpenEXR/)?openexr' tools/piece_exr.c tools/piece_exr_pack.c
	check 'one door: xxhash' door 'xxh(ash|3)\.h' share-layout/digest.c
	check 'one door: libmicrohttpd' door microhttpd tools/http.c
}

# ---- headers

headers_alone() {
	printf '%s\0' "${headers[@]}" |
		xargs -0 -n 1 -P "$(nproc)" "$1" -std=c11 -D_GNU_SOURCE -I. -Wall -Wextra -Werror -Wno-unused-function -fsyntax-only -x c
}

lint_headers() { need gcc 'headers' && check "each of ${#headers[@]} headers compiles alone" headers_alone gcc; }

# ---- calls

# Asked of the objects, so that neither a comment nor a macro misleads.
shell_calls() {
	local object objects=("$build"/gcc/obj/{agent,tools,share-layout}/**/*.o)
	[ ${#objects[@]} -gt 0 ] || { echo "no objects: build first"; return 1; }
	for object in "${objects[@]}"; do
		nm -u "$object" | grep -E ' (system|popen|wordexp)$' | sed "s|^|${object#"$build"/gcc/obj/} calls|"
	done
	return 0
}

lint_shell_calls() {
	[ -d "$build/gcc/obj" ] || build_with gcc >/dev/null 2>&1
	need nm 'no shells' && check 'no program starts a shell' shell_calls
}

# ---- papers, scripts

man_pages() { [ $# -eq 0 ] || mandoc -Tlint -W warning "$@"; }
lint_man() { need mandoc 'man pages' && check "${#pages[@]} man pages" man_pages "${pages[@]}"; }

# Left out: SC1090/1091 (sourced files are checked by themselves), SC2317 (called by name, by traps and pollers).
shell_scripts() {
	printf '%s\0' "$@" |
		xargs -0 -n 8 -P "$(nproc)" shellcheck -S info -e SC1090,SC1091,SC2034,SC2016,SC2154,SC2317 -f gcc
}
lint_shell() { need shellcheck 'shell scripts' && check "${#shells[@]} shell scripts" shell_scripts "${shells[@]}"; }

python_scripts() { PYTHONPYCACHEPREFIX=$build/python python3 -m py_compile "$@"; }
lint_python() { need python3 'Python' && check "${#pythons[@]} Python files compile" python_scripts "${pythons[@]}"; }

# ---- sizes, paths

long_files() { wc -l "$@" | awk '$2 != "total" && $1 > 500 { print $2 ": " $1 " lines, split it by noun or verb" }'; }
lint_sizes() { check 'no source file above 500 lines' long_files "${product[@]}"; }

# Paths that exist on the machine of whoever wrote the line and nowhere else.
machine_paths() {
	local here='' root='/roo[t]/' work='/wor[k]/' build_dir='/tmp/buil[d]-'
	[ "${#PWD}" -lt 8 ] || here="|$PWD"
	grep -rnIE "(^|[^A-Za-z0-9_.}*/-])($root|$work|$build_dir$here)" . \
		--exclude-dir=.git --exclude-dir=build --exclude-dir=shared --exclude=LICENSE --exclude=.git | cut -c1-200
	return 0
}
lint_paths() { check 'no path of a single machine' machine_paths; }

[ $# -gt 0 ] || set -- gcc clang arrows doors headers shell_calls man shell python sizes paths
for name in "$@"; do
	declare -F "lint_$name" >/dev/null || { echo "lint: no such check: $name" >&2; exit 2; }
	"lint_$name"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
