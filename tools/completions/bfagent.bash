# shellcheck shell=bash
# Completion of bfagent for bash. An empty answer leaves the word to bash: names of files.
_bfagent() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()
	case $before in
	--share | --config | --slots | --name | --wait) return ;;
	esac
	if [[ $word == = || $before == = ]]; then # bash takes --install-service=user apart at the sign
		mapfile -t COMPREPLY < <(compgen -W 'system user instance' -- "${word#=}")
		return
	fi
	mapfile -t COMPREPLY < <(compgen -W '--share --config --slots --name --once --drain --check-share --wait --benchmark --json -v --verbose -h --help -V --version --install-service' -- "$word")
}
complete -o default -F _bfagent bfagent
