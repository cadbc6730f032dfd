complete -c bfagent -f
complete -c bfagent -l share -x -a '(__fish_complete_directories)' -d 'The shared folder'
complete -c bfagent -l config -r -F -d 'This agent.ini instead of searching for one'
complete -c bfagent -l slots -x -d 'So many frames at a time'
complete -c bfagent -l name -x -d "This machine's name in the farm"
complete -c bfagent -l once -d 'Take at most one task, then end'
complete -c bfagent -l drain -d 'End when nothing is left to do'
complete -c bfagent -l check-share -d 'Is the folder good enough for a farm?'
complete -c bfagent -l wait -x -d 'Seconds to wait for a second machine'
complete -c bfagent -l benchmark -d 'How fast is this machine?'
complete -c bfagent -l json -d 'What --benchmark found, for programs'
complete -c bfagent -s v -l verbose -d 'Say more'
complete -c bfagent -s h -l help -d 'A short help'
complete -c bfagent -l install-service -d "Print a systemd unit"
complete -c bfagent -s V -l version -d 'The version'
