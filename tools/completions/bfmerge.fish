# The jobs of the share named on the command line, or of $BF_SHARE.
function __bfmerge_jobs
    set -l words (commandline -opc)
    set -l share $BF_SHARE
    for i in (seq 2 (count $words))
        if test "$words[$i]" = --share; and test $i -lt (count $words)
            set share (string replace -r '^~/' "$HOME/" -- $words[(math $i + 1)])
        end
    end
    test -n "$share"; and path basename -- $share/jobs/*/
end
complete -c bfmerge -s o -l output -r -F -d 'The result'
complete -c bfmerge -s s -l size -x -d 'Size of the result, WxH'
complete -c bfmerge -l share -x -a '(__fish_complete_directories)' -d 'The shared folder'
complete -c bfmerge -l job -x -a '(__bfmerge_jobs)' -d 'The job whose pieces are joined'
complete -c bfmerge -l frame -x -d 'Which of its frames'
complete -c bfmerge -l average -d 'The mean of EXR renders with different samples'
complete -c bfmerge -l preview -d 'Join what is there, holes marked'
complete -c bfmerge -l small -d 'A small PNG for the eye instead'
complete -c bfmerge -l verify -d 'Compare layers, unpack all, check hashes'
complete -c bfmerge -l strip-metadata -d 'No texts in the result'
complete -c bfmerge -s n -l dry-run -d 'Check everything, write nothing'
complete -c bfmerge -s j -l threads -x -d 'Threads to use'
complete -c bfmerge -s q -l quiet -d 'Print errors only'
complete -c bfmerge -s h -l help -d 'A short help'
complete -c bfmerge -s V -l version -d 'The version'
