// The examples that close every --help: lines to copy.
#pragma once

namespace faltung {

inline constexpr const char* kExamples = R"(Examples:
  faltung demo                                        hear and see what it does
  faltung run hall.yaml speech.wav -o wet.wav         a file through a pipeline
  faltung run --kernel sobel-x photo.png -o edges.png the short form: one kernel
  faltung explain hall.yaml --input speech.wav        how it is going to be computed, and why
  faltung design lowpass --cutoff-hz 4000 -o low.wav  makes a kernel
  faltung VERB --help                                 everything about one verb

Exit status: 0 done; 2 usage or configuration; 3 unreadable input; 4 cannot write;
5 another job writes that output; 75 a sound device went away; 1 anything else.)";

inline constexpr const char* kRunExamples = R"(Examples:
  faltung run hall.yaml speech.wav -o wet.wav
  faltung run --kernel hall.wav speech.wav -o wet.wav
  faltung run --kernel sobel-x photo.png -o edges.png --preview seen.png
  faltung run hall.yaml takes/*.wav -o wet/           many inputs; each keeps its name
  faltung run blur.yaml 'scans/**/*.tif' -o 'out/{folder}/{name}_blur{ext}' --summary out.csv
  faltung run smooth.yaml ecg.csv -o smooth.csv --columns ecg --rate 360
  faltung run blur.yaml head.nii.gz -o blur.nrrd --type u8 --scale 0:1000
  faltung run blur.yaml brain.zarr -o out.zarr --submit slurm --shards 64 --time 30
  sox in.wav -t f32 - | faltung run hall.yaml - -o - --raw f32 --channels 2 --rate 48000 | aplay …)";

inline constexpr const char* kLiveExamples = R"(Examples:
  faltung live hall.yaml                              the default devices, until Ctrl-C
  faltung live hall.yaml --in JACK:system --out JACK:system --block 64 --record take.wav
  faltung live hall.yaml --play speech.wav            a file to the default output
  faltung live hall.yaml --control /tmp/hall.sock     then: faltung tell /tmp/hall.sock set gain.db -6
  faltung live hall.yaml --in null --out null --seconds 10 --status-json
While it runs: a changed file is heard at once (kill -HUP asks for it); Ctrl-C fades out.
Exit status: as elsewhere, and 75 where a device was lost.)";

inline constexpr const char* kTellExamples = R"(Examples:
  faltung tell hall.sock help                         all commands
  faltung tell hall.sock set gain.db -6
  faltung tell hall.sock swap bigger-hall.wav
  faltung tell hall.sock mute on)";

inline constexpr const char* kDevicesExamples = R"(Examples:
  faltung devices)";

inline constexpr const char* kExplainExamples = R"(Examples:
  faltung explain hall.yaml --input speech.wav
  faltung explain hall.yaml --shape 2x480000 --block 64
  faltung explain --kernel sobel-x --shape 3x1080x1920
  faltung explain hall.yaml --json | jq .report.whole)";

inline constexpr const char* kCheckExamples = R"(Examples:
  faltung check hall.yaml
  faltung check hall.yaml --shape 2x480000            also whether it fits stereo sound)";

inline constexpr const char* kDesignExamples = R"(Every other option is a parameter of the design, as in --cutoff-hz 4000 or --sigma 2.
Examples:
  faltung design lowpass --cutoff-hz 4000 --taps 511 -o low.wav --plot low.png
  faltung design gaussian --sigma 2 --rank 2 -o blur.npy)";

inline constexpr const char* kImportExamples = R"(Examples:
  faltung import hall.conf -o hall.yaml               jconvolver, fconvolver
  faltung import room.yml -o room.yaml                CamillaDSP
  faltung import xtc_config -o xtc.yaml --defaults .brutefir_defaults
  faltung import hall.conf -o -                       only looks)";

inline constexpr const char* kDemoExamples = R"(Examples:
  faltung demo
  faltung demo ~/heard-and-seen)";

inline constexpr const char* kBenchExamples = R"(Examples:
  faltung bench                                       every suite; the machine should be idle
  faltung bench offline --json offline.json           minutes of sound, whole processes
  faltung bench volume --large                        volumes of up to 16 GiB on disk
  faltung bench image --markdown docs/benchmarks.md   tables into the page, in their place)";

}  // namespace faltung
