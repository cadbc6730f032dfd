# The jobs of the share named on the command line, or of $BF_SHARE.
function __bfstatus_jobs
    set -l words (commandline -opc)
    set -l share $BF_SHARE
    for i in (seq 2 (count $words))
        if contains -- $words[$i] -s --share; and test $i -lt (count $words)
            set share (string replace -r '^~/' "$HOME/" -- $words[(math $i + 1)])
        end
    end
    test -n "$share"; and path basename -- $share/jobs/*/
end
complete -c bfstatus -f
complete -c bfstatus -a '(__bfstatus_jobs)' -d Job
complete -c bfstatus -s s -l share -x -a '(__fish_complete_directories)' -d 'The shared folder'
complete -c bfstatus -s w -l watch -d 'Look again and again'
complete -c bfstatus -s j -l json -d 'One line of JSON'
complete -c bfstatus -l prometheus -d 'Metrics'
complete -c bfstatus -s o -l output -r -F -d 'Write there, by rename'
complete -c bfstatus -l no-picture -d 'No thumbnail'
complete -c bfstatus -l wait -d 'Return when all jobs have ended'
complete -c bfstatus -s i -l interval -x -d 'Seconds between two looks'
complete -c bfstatus -l color -x -a 'auto always never' -d Colours
complete -c bfstatus -s h -l help -d 'A short help'
complete -c bfstatus -s V -l version -d 'The version'
