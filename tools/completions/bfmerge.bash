# shellcheck shell=bash
# Completion of bfmerge for bash. An empty answer leaves the word to bash: names of files.
_bfmerge() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} share=${BF_SHARE:-} words='' i
	for ((i = 1; i + 1 < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in --share) share=${COMP_WORDS[i + 1]} ;; esac
	done
	COMPREPLY=()
	case $before in
	-o | --output | -s | --size | --share | --frame | -j | --threads) return ;;
	--job) [ -z "$share" ] || words=$(compgen -G "${share/#\~\//$HOME/}/jobs/*/" | sed 's|/$||; s|.*/||') ;;
	*)
		[[ $word == -* ]] || return
		words='-o --output -s --size --share --job --frame --average --preview --small --verify --strip-metadata -n --dry-run -j --threads -q --quiet
			-h --help -V --version'
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _bfmerge bfmerge
