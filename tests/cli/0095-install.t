#!/bin/bash
# `make install` puts everything where systems look for it, what it installs works from there, and `make uninstall`
# leaves nothing behind.
. "${0%/*}/../lib/tap.sh"
. "${0%/*}/../lib/farm.sh"
shopt -s nullglob

stage="$WORK/a stage"
make_quietly() { make --no-print-directory -s O="$BF_BIN" DESTDIR="$stage" PREFIX=/opt/farm "$@" >"$WORK/out" 2>&1 || { cat "$WORK/out"; return 1; }; }
installed() { (cd "$stage" && find . ! -type d | sort); }

ok 'make install' make_quietly install
usr=$stage/opt/farm
like "$(installed)" '^\./opt/farm/' 'files are there'
is "$(installed | grep -v '^\./opt/farm/')" '' 'and all of them below DESTDIR and PREFIX'
is "$(cd "$stage" && find . -type f ! -path '*/bin/*' ! -path '*/lib/blendfolder/*' ! -path '*/servicemenus/*' -perm /111)" '' 'only programs may be executed'
is "$(cd "$stage" && find . -type f ! -perm -444)" '' 'everybody may read all of it'

# ---- programs, with everything that belongs to each

programs=(bfagent)
for source in tools/bf*.c; do
	source=${source##*/}
	programs+=("${source%.c}")
done
for program in "${programs[@]}"; do
	exits 0 "$program runs from there" "$usr/bin/$program" --version
	for file in "share/man/man1/$program.1" "share/bash-completion/completions/$program" \
		"share/fish/vendor_completions.d/$program.fish" "share/zsh/site-functions/_$program"; do
		ok "$program has $file" test -s "$usr/$file"
	done
done
for file in share/man/man5/{agent.ini,blendfolder-share}.5 share/doc/blendfolder/{README.md,SPEC.md,agent.ini.example}; do
	ok "$file" test -s "$usr/$file"
done

# ---- completions offer every option of --help, and no other

options_of() { "$BF_BIN/$1" --help | tr -c 'A-Za-z0-9-' '\n' | grep -E '^(--[a-z][a-z-]+|-[A-Za-z])$' | sort -u; }

# complete_in_bash WORD...: what bash offers for the last word.
complete_in_bash() {
	bash -c '
		. "$1"; shift
		function_of=$(complete -p "$1") function_of=${function_of#*-F } function_of=${function_of%% *}
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		"$function_of"
		printf "%s\n" "${COMPREPLY[@]}"' bash "$usr/share/bash-completion/completions/$1" "$@" | sort -u
}
complete_in_fish() { # PROGRAM LINE
	fish --no-config -c 'set -a fish_function_path $argv[1]/vendor_functions.d; source $argv[1]/vendor_completions.d/$argv[2]; complete -C $argv[3]' \
		"$usr/share/fish" "$1.fish" "$2" | cut -f1 | sort -u
}
complete_in_zsh() { timeout 60 zsh -f tests/lib/offers.zsh "$usr/share/zsh/site-functions" "$1" | sort -u; } # LINE
for program in "${programs[@]}"; do
	is "$(complete_in_bash "$program" -)" "$(options_of "$program")" "bash: the options of $program"
	is "$( (complete_in_fish "$program" "$program -"; complete_in_fish "$program" "$program --") | sort -u)" "$(options_of "$program")" \
		"fish: the options of $program"
	is "$( (complete_in_zsh "$program -"; complete_in_zsh "$program --") | sort -u)" "$(options_of "$program")" "zsh: the options of $program"
done
mkdir -p "$WORK/share/jobs/shot_2026-01-01_000000" "$WORK/share/jobs/.incoming"
touch "$WORK/share/jobs/shot_2026-01-01_000000.ended"
is "$(complete_in_bash bfstatus --share "$WORK/share" sh)" shot_2026-01-01_000000 'bash: jobs of the share'
is "$(BF_SHARE=$WORK/share complete_in_bash bfmerge --job '')" shot_2026-01-01_000000 'bash: jobs of $BF_SHARE'
is "$(complete_in_fish bfstatus "bfstatus --share $WORK/share sh")" shot_2026-01-01_000000 'fish: jobs of the share'
is "$(BF_SHARE=$WORK/share complete_in_fish bfmerge 'bfmerge --job ')" shot_2026-01-01_000000 'fish: jobs of $BF_SHARE'
is "$(PATH=$usr/bin:$PATH XDG_DATA_DIRS=$usr/share fish -c 'complete -C $argv' "bfjob pause -s $WORK/share sh" | cut -f1)" shot_2026-01-01_000000 \
	'fish finds what it needs by itself'
is "$(HOME=$WORK complete_in_fish bfsubmit 'bfsubmit -s ~/share --after ')" shot_2026-01-01_000000 'fish: ~ is the home directory'
is "$(complete_in_zsh "bfstatus --share $WORK/share sh")" shot_2026-01-01_000000 'zsh: jobs of the share'
is "$(BF_SHARE=$WORK/share complete_in_zsh 'bfmerge --job ')" shot_2026-01-01_000000 'zsh: jobs of $BF_SHARE'
is "$(HOME=$WORK complete_in_zsh 'bfjob -s ~/share pause s')" shot_2026-01-01_000000 'zsh: ~ is the home directory'
is "$(HOME=$WORK complete_in_zsh 'bfsubmit --share=~/share --after ')" shot_2026-01-01_000000 'zsh: also behind a ='

# ---- units

units=("$usr"/lib/systemd/*/*.service)
is "${#units[@]}" 3 'units of the system, for several agents, and of a user'
for unit in "${units[@]}"; do
	name=${unit#"$usr/lib/systemd/"}
	like "$(cat "$unit")" '^ExecStart=/opt/farm/bin/bfagent' "$name starts what was installed"
	unlike "$(cat "$unit")" '/usr/local' "$name: and knows no other place"
	like "$(cat "$unit")" '^KillMode=mixed' "$name tells only the first process to stop"
done
if command -v systemd-analyze >/dev/null; then
	# It wants to see the program, so it looks at copies that start the one of this test.
	mkdir -p "$WORK/units/system" "$WORK/units/user" "$WORK/run"
	for unit in "${units[@]}"; do
		name=${unit#"$usr/lib/systemd/"} name=${name/@/@gpu1}
		sed "s|/opt/farm/bin/bfagent|$BF_BIN/bfagent|" "$unit" >"$WORK/units/$name"
		manager=--${name%/*}
		is "$(systemd-analyze "$manager" --man=no verify "$WORK/units/$name" 2>&1 | grep -F "$WORK/units/")" '' \
			"systemd finds nothing wrong in $name"
	done
else
	skip 'systemd finds nothing wrong in the units' 'systemd-analyze is not there'
fi

# ---- and away with it

touch "$usr/bin/somebody-elses"
ok 'make uninstall' make_quietly uninstall
is "$(installed)" './opt/farm/bin/somebody-elses' 'removes all it has installed, and nothing else'
not_ok 'its own folder is gone too' test -e "$usr/share/doc/blendfolder"
ok 'twice does no harm' make_quietly uninstall
done_testing
