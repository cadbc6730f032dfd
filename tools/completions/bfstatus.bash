# shellcheck shell=bash
# Completion of bfstatus for bash. An empty answer leaves the word to bash: names of files.
_bfstatus() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} share=${BF_SHARE:-} words i
	for ((i = 1; i + 1 < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in -s | --share) share=${COMP_WORDS[i + 1]} ;; esac
	done
	COMPREPLY=()
	case $before in
	-s | --share | -i | --interval | -o | --output) return ;;
	--color) words='auto always never' ;;
	*)
		words='-s --share -w --watch -j --json --prometheus -o --output --no-picture --wait -i --interval --color -h --help -V --version'
		# Names of jobs hold no blanks. A ~ that bash has not expanded yet is the home directory.
		[[ $word == -* || -z $share ]] || words=$(compgen -G "${share/#\~\//$HOME/}/jobs/*/" | sed 's|/$||; s|.*/||')
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _bfstatus bfstatus
