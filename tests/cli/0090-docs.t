#!/bin/bash
# The papers say what the programs do: every option, key, control file and exit code stands in its manual page and
# the other way round, every file that is pointed at is there, and agent.ini.example works as it is.
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
shopt -s nullglob

papers=(*.md docs/*.md tests/*.md share-layout/*.md)
pages=(agent/*.[1-9] tools/*.[1-9] share-layout/*.[1-9])

# What is in one list and not in the other, as lines `< only first` and `> only second`.
differ() { diff <(printf '%s\n' "$1" | sort -u) <(printf '%s\n' "$2" | sort -u) | grep '^[<>]'; }
# same_set FIRST SECOND NAME: both hold the same lines, and at least one.
same_set() {
	[ -n "$1" ] || { fail "$3"; diag "there is nothing to compare"; return; }
	is "$(differ "$1" "$2")" '' "$3"
}
# nothing LINES NAME: no line was found to complain about.
nothing() { is "$1" '' "$2"; }

# ---- programs and their pages

program_source() { if [ "$1" = bfagent ]; then echo agent/main.c; else echo "tools/$1.c"; fi; }
program_page() { if [ "$1" = bfagent ]; then echo agent/bfagent.1; else echo "tools/$1.1"; fi; }

options_of_help() { "$BF_BIN/$1" --help | tr -c 'A-Za-z0-9-' '\n' | grep -E '^(--[a-z][a-z-]+|-[A-Za-z])$'; }

# `.It Fl s Ar dir , Fl -share Ar dir` gives -s and --share.
options_of_page() {
	awk '/^\.It Fl / {
		for (i = 2; i <= NF; i++)
			if ($i == "Fl" || $i == "Ar") flag = $i == "Fl"
			else if ($i != "," && flag) print "-" $i
	}' "$1"
}

# The long options of the code, without second spellings.
options_of_source() {
	grep -ohE '\{ "[a-z-]+", (no|required|optional)_argument' "$1" | cut -d'"' -f2 | grep -vx colour | sed 's/^/--/'
}

# Documented options that getopt does not know.
unknown_options() {
	local option
	for option in $(options_of_page "$(program_page "$1")"); do
		"$BF_BIN/$1" "$option" 1 --help </dev/null 2>&1 >/dev/null |
			grep -E 'unrecognized option|invalid option|ambiguous' && echo "$option"
	done
}

exits_of_help() { "$BF_BIN/$1" --help | sed -n '/[Ee]xit status:/,$p' | grep -oE '(: |, |^ *)[0-9]+ ' | tr -dc '0-9\n'; }
exits_of_page() { sed -n '/^\.Sh EXIT STATUS/,/^\.Sh [^E]/p' "$1" | sed -n 's/^\.It \([0-9][0-9]*\)$/\1/p'; }

programs=(bfagent)
for source in tools/bf*.c; do
	source=${source##*/}
	programs+=("${source%.c}")
done
for program in "${programs[@]}"; do
	page=$(program_page "$program")
	ok "$program has a manual page" test -f "$page"
	help=$(options_of_help "$program")
	same_set "$help" "$(options_of_page "$page")" "$program: options of --help and of the manual page"
	same_set "$(grep '^--' <<<"$help")" "$(options_of_source "$(program_source "$program")")" \
		"$program: options of --help and of the code"
	nothing "$(unknown_options "$program")" "$program knows every option of its page"
	same_set "$(exits_of_help "$program")" "$(exits_of_page "$page")" "$program: exit codes of --help and of the page"
	like "$("$BF_BIN/$program" --version)" "^$program [0-9]+\.[0-9]+\.[0-9]+$" "$program says its version"
	ok "README.md names $program" grep -q "\`$program\`\|$program --" README.md
done

variables=$(grep -ohE 'getenv\("[A-Z_]+"' -r agent tools share-layout --include='*.c' | cut -d'"' -f2 | sort -u)
isnt "$variables" '' 'there are environment variables'
for variable in $variables; do
	ok "\$$variable is in a manual page" grep -qwE "^\.(It )?Ev .*$variable" "${pages[@]}"
done

# ---- agent.ini

# "agent.share", "slot *.device" of known_keys as `agent share`, `slot device`.
keys_known_by() {
	sed -n '/known_keys\[\] *=/,/};/p' "$@" | grep -oE '"[a-z]+( \*)?\.[a-z_]+"' | tr -d '"*' | tr -s '. ' ' ' | sort -u
}
keys_of_example() {
	sed -E 's/^; *(\[|[a-z_]+ *=)/\1/' agent.ini.example |
		awk '/^\[/ { gsub(/[][0-9]/, ""); section = $1 } /^[a-z_]+ *=/ { sub(/ *=.*/, ""); print section, $1 }'
}
keys_of_page() {
	awk '/^\.S[sh] / { section = "" } /^\.Ss Section/ { section = $0; gsub(/.*\[| [0-9].*|\].*/, "", section) }
		section && /^\.It Ic / { for (i = 3; i <= NF; i++) if ($i != ",") print section, $i }' "$1"
}
# The keys of a table in README.md: second column of `| [agent] | share | …`.
keys_of_readme() {
	awk -F'|' '/^## / { inside = /agent\.ini/ } inside && NF > 4 {
		if ($2 ~ /\[/) { section = $2; gsub(/[][0-9 ]|….*|,.*/, "", section) }
		n = split($3, key, ","); for (i = 1; i <= n; i++) { gsub(/[ `]/, "", key[i]); if (key[i] ~ /^[a-z_]+$/ && key[i] != "key") print section, key[i] }
	}' README.md
}
known=$(keys_known_by agent/config*.c)
same_set "$known" "$(keys_of_example)" 'agent.ini.example has every key, and no other'
same_set "$known" "$(keys_of_page agent/agent.ini.5)" 'agent.ini(5) has every key, and no other'
same_set "$known" "$(keys_of_readme)" 'README.md has every key of agent.ini, and no other'

mkdir "$WORK/bin"
ln -s "$FAKE" "$WORK/bin/blender"
PATH=$WORK/bin:$PATH
exits 4 'agent.ini.example as it is is a configuration' \
	"$BF_BIN/bfagent" --config agent.ini.example --share "$WORK/share" --once
unlike "$(cat "$WORK/err")" ' config [^=]' 'and nothing in it is complained about'
sed -E 's/^; *(\[|[a-z_]+ *=)/\1/' agent.ini.example >"$WORK/all.ini"
exits 4 'with every line of it in force too' "$BF_BIN/bfagent" --config "$WORK/all.ini" --share "$WORK/share" --once
unlike "$(cat "$WORK/err")" ' config [^=]' 'and bfagent knows all of its keys'
printf '[agent]\nnonsense = 1\n' >"$WORK/wrong.ini"
exits 4 'a key that nobody knows' "$BF_BIN/bfagent" --config "$WORK/wrong.ini" --share "$WORK/share" --once
like "$(cat "$WORK/err")" 'config.*nonsense' 'would be complained about'

# ---- NAME.ini, control files

wishes=$(keys_known_by agent/wishes*.c | sed -n 's/^job //p')
same_set "$wishes" "$(awk '/^\.S[sh] / { inside = /Wishes/ } inside && /^\.It Ic / { for (i = 3; i <= NF; i++) if ($i != ",") print $i }' \
	share-layout/blendfolder-share.5)" 'blendfolder-share(5) has every key of NAME.ini, and no other'
same_set "$wishes" "$(awk -F'|' '/^\| key \| means \| example/ { inside = 1; next } !/^\|/ { inside = 0 }
	inside { n = split($2, key, ","); for (i = 1; i <= n; i++) { gsub(/[ `]/, "", key[i]); if (key[i] ~ /^[a-z_]+$/) print key[i] } }' README.md)" \
	'README.md has every key of NAME.ini, and no other'
for key in $wishes; do
	ok "README.txt of the share names the wish $key" grep -qw "$key" share-layout/skeleton/README.txt
done
controls=$(grep -ohE '"[A-Z]{4,}\.?"' share-layout/{control,order}.c | tr -d '".' | sort -u)
isnt "$controls" '' 'there are control files'
for control in $controls; do
	for paper in README.md share-layout/SPEC.md share-layout/blendfolder-share.5 share-layout/skeleton/README.txt; do
		ok "$paper tells of $control" grep -qw "$control" "$paper"
	done
done

# ---- the plan of a job

plan_keys=$(grep -ohE '\{ "[a-z_]+", ' share-layout/job_file.c | cut -d'"' -f2 | sort -u)
isnt "$plan_keys" '' 'job.ini has keys'
spec_of_plan=$(sed -n '/^## [0-9]*\. job.ini/,/^## [^j]*$/p' share-layout/SPEC.md)
for key in $plan_keys; do
	ok "SPEC.md tells of $key in job.ini" grep -qw "$key" <<<"$spec_of_plan"
done

# ---- what is pointed at is there

# [text](target) of all papers, but for addresses; targets are relative to the paper.
broken_links() {
	local paper target
	for paper in "${papers[@]}"; do
		while read -r target; do
			[ -e "$(dirname "$paper")/$target" ] || echo "$paper: $target"
		done < <(grep -oE '\]\([^)# ]+' "$paper" | cut -c3- | grep -vE '^[a-z]+:')
	done
}
# Files of the tree that are named in passing: tools/join.c, agent/blender/*.py. NAME and NNNN stand for anything.
missing_files() {
	local paper name
	for paper in "${papers[@]}"; do
		while read -r name; do
			name=${name%.} name=${name//NAME/*} name=${name//NNNN/*}
			[ -n "$(compgen -G "$name")" ] || echo "$paper: $name"
		done < <(grep -oE '(^|[^A-Za-z0-9_./<-])(share-layout|agent|tools|tests|docs)/[A-Za-z0-9_./*-]+([^A-Za-z0-9_./*<-]|$)' "$paper" |
			grep -oE '(share-layout|agent|tools|tests|docs)/[A-Za-z0-9_./*-]+')
	done
}
missing_pages() {
	local name section
	grep -ohE '^\.Xr [a-z.-]+ [0-9]' "${pages[@]}" | sort -u | while read -r _ name section; do
		case $name in bf* | agent.ini | blendfolder*) [ -n "$(compgen -G "*/$name.$section")" ] || echo "$name($section)" ;; esac
	done
}
# Each library's one door that exists by now, and each Debian package of the Makefile, is explained.
unnamed_doors() {
	grep -oE "door '?[a-zA-Z].*" tests/lint.sh | grep -oE '[a-z-]+/[a-z_/]+\.c' | sort -u | while read -r name; do
		[ ! -f "$name" ] || grep -qF "| $name |" CONTRIBUTING.md || echo "$name"
	done
}
unnamed_packages() {
	local package
	for package in $(sed -n '/^DEPS_/,/[^\\]$/p' Makefile | sed 's/^DEPS_[A-Z]* *:= *//' | tr -d '\134'); do
		grep -qw -e "$package" docs/ARCHITECTURE.md || echo "$package"
	done
}
nothing "$(unnamed_doors)" 'CONTRIBUTING.md names the one door of each library'
nothing "$(unnamed_packages)" 'docs/ARCHITECTURE.md tells of every package that the Makefile installs'
nothing "$(broken_links)" 'every link in the papers leads somewhere'
nothing "$(missing_files)" 'every file that the papers name exists'
nothing "$(missing_pages)" 'every manual page that another one names exists'
is "$(printf '[a](docs/ARCHITECTURE.md)' | grep -oE '\]\([^)# ]+')" '](docs/ARCHITECTURE.md' 'links are recognised'
nothing "$(mandoc -Tlint -W warning "${pages[@]}" 2>&1)" 'mandoc finds nothing wrong in the manual pages'
done_testing
