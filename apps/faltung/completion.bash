# Completion for `faltung` in bash: verbs, their options, and files of the kinds each place takes.

_faltung_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current"); }

# Files whose names end in one of the patterns given, and folders on the way to them.
_faltung_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -d -- "$current"; compgen -f -X "!*.@($1)" -- "$current")
}

_faltung() {
  shopt -q extglob || { shopt -s extglob; trap 'shopt -u extglob; trap - RETURN' RETURN; }
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} verb=${COMP_WORDS[1]-}
  local kernels='wav|flac|aif|aiff|npy|txt|png|tif|tiff'
  local signals='wav|flac|aif|aiff|ogg|rf64|w64|png|jpg|jpeg|tif|tiff|npy|nii|nii.gz|hdr|nrrd|nhdr|mha|mhd|csv|txt|raw'
  local source='--raw --channels --rate --channel-axis --columns'
  local general='--quiet --verbose --threads --help'
  local -A options=(
    [run]="--kernel --output --block --type --scale --chunks-per-file --memory --shard --submit --shards --partition --time --mem-per-task --dry-run --list --recursive --fail-fast --keep-going --summary --preview $source"
    [explain]="--kernel --input --shape --block --json $source"
    [check]='--shape'
    [import]='--output --from --defaults'
    [design]='--output --plot --rate --rank'
    [live]='--kernel --in --out --play --record --rate --block --channels --raw --name --seconds --control --fade-ms --tail-threads --status-json --no-watch'
    [bench]='--json --large --markdown --quick'
  )
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    _faltung_words 'run live tell explain check design import devices demo bench --help --version'
    return
  fi
  case $previous in
    --from) _faltung_words 'jconvolver camilladsp brutefir' ;;
    --raw) _faltung_words 'f32 s16' ;;
    --submit) _faltung_words 'slurm' ;;
    --type) _faltung_words 'u8 u16 i8 i16 i24 i32 f32 f64' ;;
    --scale) _faltung_words 'none full' ;;
    --chunks-per-file) _faltung_words 'auto 1' ;;
    --channel-axis) _faltung_words 'none first last' ;;
    -k | --kernel) _faltung_files "$kernels" ;;
    -i | --input | -o | --output | --play | --record) _faltung_files "$signals" ;;
    --control) _faltung_files 'sock' ;;
    --list) _faltung_files '*' ;;
    --summary) _faltung_files 'csv|json' ;;
    --plot | --preview) _faltung_files 'png' ;;
    --json) if [[ ${COMP_WORDS[1]} == bench ]]; then _faltung_files 'json'; else _faltung_place; fi ;;
    --markdown) _faltung_files 'md' ;;
    --shard | --shards | --partition | --time | --mem-per-task | --threads | --block | --rate | --rank | --shape | --in | --out | --name | --seconds | --fade-ms | --tail-threads | --channels | --columns) ;;
    *) _faltung_place ;;
  esac
}

# A word that belongs to no option before it.
_faltung_place() {
  if [[ $current == -* ]]; then
    _faltung_words "${options[$verb]-} $general"
  elif [[ $verb == design ]]; then
    _faltung_words 'lowpass highpass bandpass bandstop gaussian box sobel-x sobel-y laplace sharpen'
  elif [[ $verb == bench ]]; then
    _faltung_words 'loops live offline image volume series layers growth'
  elif [[ $verb == @(run|live|explain|check) ]] && ((COMP_CWORD == 2)); then
    _faltung_files 'yaml|yml'
  elif [[ $verb == import ]]; then
    _faltung_files '*'
  elif [[ $verb == tell ]]; then
    if ((COMP_CWORD == 2)); then _faltung_files 'sock'; else
      _faltung_words 'help list get set swap load reload mute bypass pause unlatch meters status quit'
    fi
  else
    _faltung_files "$signals"
  fi
}

complete -F _faltung faltung
