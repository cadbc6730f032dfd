# shellcheck shell=bash
# Completion of bfsubmit for bash. An empty answer leaves the word to bash: names of files.
_bfsubmit() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} share=${BF_SHARE:-} words='' i
	for ((i = 1; i + 1 < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in -s | --share) share=${COMP_WORDS[i + 1]} ;; esac
	done
	COMPREPLY=()
	case $before in
	--order) words='forward backward coarse' ;;
	--engine) words='CYCLES EEVEE WORKBENCH' ;;
	--pieces) words='auto none' ;;
	--format) words='PNG EXR JPG TIF' ;;
	# Names of jobs hold no blanks. A ~ that bash has not expanded yet is the home directory.
	--after) [[ -z $share ]] || words=$(compgen -G "${share/#\~\//$HOME/}/jobs/*/" | sed 's|/$||; s|.*/||') ;;
	-s | --share | -f | --frames | --scene | --camera | --view-layer | --samples | --percent | --priority | --tags | \
		--max-agents | --not-before | --name | --blender) return ;;
	*)
		[[ $word == -* ]] || return
		words='-s --share -f --frames --order --scene --camera --view-layer --samples --percent --engine --format --pieces
			--priority --tags --max-agents --after --not-before --name --missing --no-collect --blender --again
			-n --dry-run -j --json -q --quiet -h --help -V --version'
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _bfsubmit bfsubmit
