complete -c bfstatus -f
complete -c bfstatus -a '(__blendfolder_jobs -s --share)' -d Job
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
