# __blendfolder_jobs OPTION...: the jobs of the share that one of these options names on the command line, or of $BF_SHARE.
function __blendfolder_jobs
    set -l words (commandline -opc)
    set -l share $BF_SHARE
    for i in (seq 2 (count $words))
        if contains -- $words[$i] $argv; and test $i -lt (count $words)
            set share (string replace -r '^~/' "$HOME/" -- $words[(math $i + 1)])
        end
    end
    test -n "$share"; and path basename -- $share/jobs/*/
end
