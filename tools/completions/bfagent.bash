# shellcheck shell=bash
# Completion of bfagent for bash. An empty answer leaves the word to bash: names of files.
_bfagent() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()
	case $before in
	--share | --config | --slots | --name | --wait) return ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W '--share --config --slots --name --once --drain --check-share --wait -v --verbose -h --help --version' -- "$word")
}
complete -o default -F _bfagent bfagent
