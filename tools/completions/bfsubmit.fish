# The jobs of the share named on the command line, or of $BF_SHARE.
function __bfsubmit_jobs
    set -l words (commandline -opc)
    set -l share $BF_SHARE
    for i in (seq 2 (count $words))
        if contains -- $words[$i] -s --share; and test $i -lt (count $words)
            set share (string replace -r '^~/' "$HOME/" -- $words[(math $i + 1)])
        end
    end
    test -n "$share"; and path basename -- $share/jobs/*/
end
complete -c bfsubmit -s s -l share -x -a '(__fish_complete_directories)' -d 'The shared folder'
complete -c bfsubmit -s f -l frames -x -d 'Which frames, in this order'
complete -c bfsubmit -l order -x -a 'forward backward coarse' -d 'Order of the frames'
complete -c bfsubmit -l scene -x -d 'A scene of the file'
complete -c bfsubmit -l camera -x -d 'A camera of the file'
complete -c bfsubmit -l view-layer -x -d 'A view layer of the file'
complete -c bfsubmit -l samples -x -d 'Render samples'
complete -c bfsubmit -l percent -x -d 'Of the full resolution'
complete -c bfsubmit -l engine -x -a 'CYCLES EEVEE WORKBENCH' -d 'Render engine'
complete -c bfsubmit -l format -x -a 'PNG EXR JPG TIF' -d 'Of the pictures'
complete -c bfsubmit -l pieces -x -a 'auto none' -d 'Cut each frame'
complete -c bfsubmit -l priority -x -d '-1000 to 1000'
complete -c bfsubmit -l tags -x -d 'Only for machines with these'
complete -c bfsubmit -l max-agents -x -d 'So many machines at a time'
complete -c bfsubmit -l after -x -a '(__bfsubmit_jobs)' -d 'Wait until that job has ended'
complete -c bfsubmit -l not-before -x -d 'Wait until then'
complete -c bfsubmit -l name -x -d 'What the job is called'
complete -c bfsubmit -l missing -d 'Render although files are missing'
complete -c bfsubmit -l no-collect -d 'Send the file alone'
complete -c bfsubmit -l blender -r -d 'The Blender that looks for textures'
complete -c bfsubmit -l again -d 'Submit even what is there already'
complete -c bfsubmit -s n -l dry-run -d 'Check everything, send nothing'
complete -c bfsubmit -s j -l json -d 'A line of JSON for each file'
complete -c bfsubmit -s q -l quiet -d 'Print errors only'
complete -c bfsubmit -s h -l help -d 'A short help'
complete -c bfsubmit -s V -l version -d 'The version'
