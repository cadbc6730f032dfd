set -l verbs pause resume cancel retry more remove priority set log show
complete -c bfjob -f
complete -c bfjob -n "not __fish_seen_subcommand_from $verbs" -a "$verbs"
complete -c bfjob -n "__fish_seen_subcommand_from $verbs" -a '(__blendfolder_jobs -s --share)' -d Job
complete -c bfjob -n '__fish_seen_subcommand_from set' -a 'priority= avoid= allow= allow=all keep_logs=yes keep_logs=no'
complete -c bfjob -s s -l share -x -a '(__fish_complete_directories)' -d 'The shared folder'
complete -c bfjob -s n -l dry-run -d 'Say what would be done'
complete -c bfjob -l failed -d 'Retry what was given up'
complete -c bfjob -l all -d 'Retry everything'
complete -c bfjob -l frames -x -d 'Retry, more: these frames'
complete -c bfjob -l machine -x -d 'Retry what this machine made'
complete -c bfjob -l pictures -d 'Remove the pictures as well'
complete -c bfjob -s y -l yes -d 'Do not ask'
complete -c bfjob -l machines -d 'Only what each machine did'
complete -c bfjob -s j -l json -d 'One line of JSON'
complete -c bfjob -l color -x -a 'auto always never' -d Colours
complete -c bfjob -s h -l help -d 'A short help'
complete -c bfjob -s V -l version -d 'The version'
