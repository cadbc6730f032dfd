# zsh -f offers.zsh DIR LINE: what zsh, with the completions in DIR, offers at the end of LINE; one a line.
#
# A zsh of its own on a terminal of its own is asked by its Tab key. There compadd, through which all offers go, says them.
zmodload zsh/zpty || exit 1
zpty asked zsh -f -i
zpty -w asked "PS1= PS2=; stty -echo; fpath=(${(q)1} \$fpath); autoload -Uz compinit; compinit -u -D
zstyle ':completion:*' verbose false
compadd() {
	local -a found
	if [[ \" \$* \" != *' '-[AOD]' '* ]]; then
		builtin compadd -A found \"\$@\"
		(( \$#found )) && print -rl -- 'OFFER '\$^found
	fi
	builtin compadd \"\$@\"
}
offer() { print; _main_complete; print ENDED; exit }
zle -C offer complete-word offer
bindkey '^I' offer
print READY"
zpty -r asked said '*READY*'
zpty -w -n asked "$2"$'\t'
while zpty -r asked said; do
	said=${said//[$'\r\n']/}
	[[ $said == OFFER\ * ]] && print -r -- "${said#OFFER }"
	[[ $said == *ENDED* ]] && break
done
zpty -d asked
