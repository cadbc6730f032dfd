# shellcheck shell=bash
# Completion of bfjob for bash. An empty answer leaves the word to bash: names of files.
_bfjob() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} share=${BF_SHARE:-} verb='' words i
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-s | --share) share=${COMP_WORDS[++i]} ;;
		--frames | --machine | --color) ((++i)) ;;
		-*) ;;
		*) [[ -n $verb ]] || verb=${COMP_WORDS[i]} ;;
		esac
	done
	COMPREPLY=()
	case $before in
	-s | --share | --frames | --machine) return ;;
	--color) words='auto always never' ;;
	*)
		if [[ $word == -* ]]; then
			words='-s --share -h --help -V --version'
			case $verb in
			retry) words+=' -n --dry-run --failed --all --frames --machine' ;;
			more) words+=' -n --dry-run --frames' ;;
			remove) words+=' -n --dry-run --pictures -y --yes' ;;
			log) words+=' --machines -j --json --color' ;;
			show) words+=' -j --json --color' ;;
			?*) words+=' -n --dry-run' ;;
			'') words+=' -n --dry-run --failed --all --frames --machine --pictures -y --yes --machines -j --json --color' ;;
			esac
		elif [[ -z $verb ]]; then
			words='pause resume cancel retry more remove priority set log show'
		elif [[ -n $share ]]; then
			# Names of jobs hold no blanks. A ~ that bash has not expanded yet is the home directory.
			words=$(compgen -G "${share/#\~\//$HOME/}/jobs/*/" | sed 's|/$||; s|.*/||')
			[[ $verb != set ]] || words+=' priority= avoid= allow= allow=all keep_logs=yes keep_logs=no'
		else
			return
		fi
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _bfjob bfjob
