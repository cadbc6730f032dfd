# The jobs of the share named on the command line, or of $BF_SHARE.
function __bfjob_jobs
    set -l words (commandline -opc)
    set -l share $BF_SHARE
    for i in (seq 2 (count $words))
        if contains -- $words[$i] -s --share; and test $i -lt (count $words)
            set share (string replace -r '^~/' "$HOME/" -- $words[(math $i + 1)])
        end
    end
    test -n "$share"; and path basename -- $share/jobs/*/
end
set -l verbs pause resume cancel retry remove priority set log show
complete -c bfjob -f
complete -c bfjob -n "not __fish_seen_subcommand_from $verbs" -a "$verbs"
complete -c bfjob -n "__fish_seen_subcommand_from $verbs" -a '(__bfjob_jobs)' -d Job
complete -c bfjob -n '__fish_seen_subcommand_from set' -a 'priority= avoid= allow= allow=all keep_logs=yes keep_logs=no'
complete -c bfjob -s s -l share -x -a '(__fish_complete_directories)' -d 'The shared folder'
complete -c bfjob -s n -l dry-run -d 'Say what would be done'
complete -c bfjob -l failed -d 'Retry what was given up'
complete -c bfjob -l all -d 'Retry everything'
complete -c bfjob -l frames -x -d 'Retry these frames'
complete -c bfjob -l machine -x -d 'Retry what this machine made'
complete -c bfjob -l pictures -d 'Remove the pictures as well'
complete -c bfjob -s y -l yes -d 'Do not ask'
complete -c bfjob -l machines -d 'Only what each machine did'
complete -c bfjob -s j -l json -d 'One line of JSON'
complete -c bfjob -l color -x -a 'auto always never' -d Colours
complete -c bfjob -s h -l help -d 'A short help'
complete -c bfjob -s V -l version -d 'The version'
