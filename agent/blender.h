/* One Blender in the background, fed one task after another.
 *
 *	blender_start → READY → blender_send_open → OPENED → blender_send_render → PROGRESS… → RENDERED
 *	                                     ▲_________________________│  ▲________________________│
 *
 * Nothing here waits for Blender except blender_wait and blender_stop. A send may be made at once,
 * before READY or OPENED has come: Blender takes commands in order and answers each with exactly one
 * OPENED, RENDERED or FAILED. Sending the next render right after RENDERED keeps Blender busy. After
 * a FAILED open nothing is open, and renders fail until another file is opened. After GONE only
 * blender_stop is left to call.
 *
 * Pictures are written to dir/out, Blender's own words to dir/log, everything temporary below dir;
 * Blender writes nowhere else by our doing. When the caller dies Blender is killed by the kernel;
 * what stays behind is dir, which belongs to the caller.
 *
 * A .blend may run code inside Blender, so all that comes from there is bounded and checked: names
 * are single path components, numbers are clamped. That a picture is good is for the caller to
 * see in the picture; RENDERED says that Blender thinks so and that its log agrees. */
#ifndef AGENT_BLENDER_H
#define AGENT_BLENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "share-layout/base/buf.h"
#include "share-layout/base/err.h"

#define BLENDER_BANDS 64 /* most bands of a picture that are measured */
#define BLENDER_VIEWS 8 /* most pictures one frame may consist of (stereo and other views) */

enum { BLENDER_PATHS = 16 };

struct blender_path { char from[512], to[512]; }; /* "P:\\projects" is "/mnt/projects" here */

struct blender_config {      /* strings live as long as the blender */
	const char *program; /* "blender" (found in PATH) or a path */
	const char *dir;     /* private local directory, made and removed by the caller; out/, tmp/,
	                        nodes/ and log are made in it; a relative path is fine */
	int threads;         /* 0 = Blender decides */
	const char *device;  /* "CPU", "CUDA", "OPTIX:0", "HIP:1+CPU", "CUDA:RTX 4090"; the part behind
	                        the colon is a number in the order of device ids, or a piece of the
	                        name or id. NULL = what the file and the preferences say */
	bool trust_scripts;  /* let Python inside .blend files run */
	bool factory_startup; /* without the user's preferences and add-ons */
	int nice;
	const struct blender_path *paths; /* of files that a .blend names; ends at the first without from, or at BLENDER_PATHS */
};

struct blender;

/* Start Blender and return at once; it needs a second or so before READY. Makes out/, tmp/ and nodes/
 * in dir. Returns 0, or -1 when the program cannot be started at all (agent's fault). */
int blender_start(const struct blender_config *config, struct blender **out, struct bf_err *err);

struct blender_open {           /* NULL and 0 = as the file says */
	const char *blend;      /* path of the file; only this one is required */
	const char *scene, *camera, *view_layer;
	const char *engine;     /* CYCLES, EEVEE (whatever this Blender calls it), WORKBENCH, or an identifier */
	const char *format;     /* Blender's identifier: PNG, OPEN_EXR, JPEG, … */
	int percent;            /* of the file's resolution_x and _y: replaces resolution_percentage */
	int samples;
	bool denoise_off;
};

/* Load a file and apply the overrides. Answer: OPENED or FAILED. Returns 0, or -1 when the command
 * could not be handed over (Blender is gone; blender_wait tells why). Commands are short and kept in memory
 * while the pipe is full, so Blender never makes this wait; the two ends of the file are read, to see
 * which version saved it (one too new for this Blender FAILs). Strings are copied. */
int blender_send_open(struct blender *blender, const struct blender_open *open, struct bf_err *err);

struct blender_render {
	int32_t frame;
	const char *name; /* file stem inside dir/out, not used before: letters, digits, . _ - */
	bool piece;       /* only the rectangle: pixels of the whole picture, origin top left, right
	                     and bottom excluded; the file has exactly its size */
	int left, top, right, bottom;
	int sample_offset, sample_count; /* 0,0 = all. A range turns adaptive sampling and denoising off */
	/* In a piece or sample range, what needs the whole picture is off: compositor, sequencer, stamp,
	 * dither, File Output nodes, denoising. These bring single ones back: */
	bool keep_dither, keep_denoise, keep_post /* compositor, sequencer, stamp */;
	bool store_denoising_data; /* albedo and normal passes, for denoising the joined picture */
	bool passes;               /* write all passes before anything was done to them, as multi-layer EXR */
	const char *joined;        /* such a file of the whole picture: render nothing, make the picture of it */
	const char *format;        /* for this picture only; NULL = the scene's. Identifiers as above */
	int color_depth;           /* 8, 16, 32; 0 = the scene's */
};

/* Render one picture (several files with separate views). Answer: any number of PROGRESS, then RENDERED
 * or FAILED. Returns as blender_send_open. */
int blender_send_render(struct blender *blender, const struct blender_render *render, struct bf_err *err);

/* Find out what the open file's frame would cost on this machine, and where in the picture, by quick small renders: about
 * budget_s seconds besides what has to be done once for the scene anyway. Where the whole takes less than least_s, only
 * that is found out. Cycles only. Answer: MEASURED or FAILED. Returns as blender_send_open. */
int blender_send_measure(struct blender *blender, int32_t frame, double budget_s, double least_s, struct bf_err *err);

/* Render a small scene of the driver's own for about so many seconds, to see how fast this machine is. No file need be open, and
 * none is to be used afterwards. Answer: BENCHMARKED or FAILED. Returns as blender_send_open. */
int blender_send_benchmark(struct blender *blender, int seconds, struct bf_err *err);

enum blender_event {
	BLENDER_NOTHING,  /* the time was up, or the wake descriptor became readable */
	BLENDER_READY,    /* Blender runs; reply: device, version */
	BLENDER_OPENED,   /* reply: scene, seconds */
	BLENDER_PROGRESS, /* reply: percent, sample, samples; at most a few a second */
	BLENDER_RENDERED, /* reply: file…, seconds, mem_mb, rss_mb */
	BLENDER_MEASURED, /* reply: measured */
	BLENDER_BENCHMARKED, /* reply: benchmark_rate */
	BLENDER_FAILED,   /* reply: message, fault; Blender itself goes on (restart it all the same) */
	BLENDER_GONE,     /* reply: message, fault; the process has ended or does not speak our language */
};

const char *blender_event_name(enum blender_event event);

/* What the opened file will render, overrides included. Texts are clean (no control bytes). */
struct blender_scene {
	int version;            /* of this Blender: 304, 403, 502 */
	char version_text[32];  /* "3.4.1" */
	int file_version;       /* of the Blender that saved the file */
	char scene[256], camera[256], view_layer[256]; /* view_layer: "" = all that are set to render */
	char engine[64];        /* Blender's identifier: CYCLES, BLENDER_EEVEE, BLENDER_EEVEE_NEXT … */
	char format[32];        /* Blender's identifier: PNG, JPEG, OPEN_EXR … never a movie */
	char file_format[32];   /* what the file had: differs from format for movies */
	char color_mode[8];     /* BW RGB RGBA */
	int color_depth;        /* bits: 8 10 12 16 32 */
	char exr_codec[16];     /* Blender's identifier: ZIP, PIZ, DWAA …; "" when the format is not EXR */
	int frame_start, frame_end, frame_step;
	int width, height;      /* pixels of the pictures, percentage included */
	double fps;
	int picture_count;      /* separate views: one each */
	char picture[BLENDER_VIEWS][256]; /* file name with one run of '#', as Blender would name it:
	                           "shot_####.png"; a frame is written like printf("%.*d", run, frame) */
	bool movie;             /* the format was a movie; format is PNG now and fps says how fast */
	bool needs_oidn, has_oidn; /* denoising is on and needs OpenImageDenoise / this Blender has it */
	bool denoises;          /* some denoiser works on the final picture */
	bool dithers;           /* 8-bit pictures get noise that depends on the place in the buffer */
	bool uses_compositor, uses_sequencer, uses_stamp, adaptive;
	bool renders_3d;        /* false: only sequencer strips or compositor, no camera was needed */
	bool multilayer;        /* layers or passes inside one EXR file */
	int view_layer_count;   /* that will be rendered */
	int samples;            /* 0 when the engine has none */
	/* Why it cannot be cut into rectangles, rendered in parts of its samples, or finished after joining: ends of a
	 * sentence, "" when it can. And how parts of the samples differ from the whole, if they do. */
	char no_rectangles[256], no_sample_parts[256], no_finishing[256], sample_parts_note[256];
	int missing_count;      /* files the .blend uses that are not there */
	const char *missing;    /* one per line; "" when none. At most the first 64 KB */
	int warning_count;
	const char *warnings;   /* sentences, one per line; "" when none */
};

/* Seconds on the clock of this machine, with the threads and the device that Blender was given. */
struct blender_measured {
	double once_s;      /* what has to be done before the first picture: meshes, textures */
	double fixed_s;     /* what each picture or piece of one costs, however small */
	double whole_s;     /* the whole picture, without these two */
	int band_count;     /* 0 = only the whole was measured */
	double band_s[BLENDER_BANDS]; /* of bands of equal height, from the top */
};

struct blender_reply {
	char message[512];  /* FAILED, GONE: one sentence for an artist */
	bool file_fault;    /* the .blend or this frame is to blame: it fails elsewhere too */
	bool agent_fault;   /* this machine is to blame: missing library or device, GPU out of memory …
	                       neither flag: unknown, for example a crash */
	int percent, sample, samples; /* PROGRESS; percent -1 = unknown */
	double seconds;     /* RENDERED: of this picture; OPENED: of loading */
	long mem_mb;        /* RENDERED: most memory Blender had during this picture */
	long rss_mb;        /* RENDERED: memory Blender has now */
	int file_count;     /* RENDERED: names inside dir/out, in the order of the views */
	char file[BLENDER_VIEWS][256];
	char version_text[32]; /* READY and later */
	char device[128];   /* READY and later: "CPU", "OPTIX NVIDIA GeForce RTX 3090" */
	struct blender_measured measured;
	double benchmark_rate; /* samples of pixels a second */
	struct blender_scene scene; /* OPENED; its pointers hold until the next OPENED or blender_stop */
};

/* Wait for the next event, at most timeout_ms (-1 = for ever, 0 = just look); wake_fd (-1 = none) ends
 * the wait when it becomes readable. Also drains Blender's output into the log, so call it often enough:
 * Blender stands still when 1 MB of output waits. Only the fields named with the event are set, the
 * others are zero. Returns 1 with an event, 0 with BLENDER_NOTHING; after GONE it says GONE again. */
int blender_wait(struct blender *blender, int timeout_ms, int wake_fd, enum blender_event *event,
	struct blender_reply *reply);

/* Readable when blender_wait has something to do; for the caller's own poll. */
int blender_fd(const struct blender *blender);

bool blender_is_alive(const struct blender *blender);

/* Blender's process, leader of its group; 0 when it has ended. For measuring and for tests. */
pid_t blender_pid(const struct blender *blender);

/* Number of commands that have not been answered yet. */
int blender_pending(const struct blender *blender);

/* dir/log: all that Blender said, at most 4 MB: the middle is cut out when there is more. */
const char *blender_log_path(const struct blender *blender);

/* Append to out what Blender said during the last answered task (also after GONE), or since then when
 * `running`; at most max bytes, the middle cut out. Returns 0 / -1. */
int blender_task_log(struct blender *blender, bool running, size_t max, struct bf_buf *out, struct bf_err *err);

/* End it: ask Blender to quit when it is idle, SIGTERM to its group otherwise or when it does not, SIGKILL
 * after grace_ms; reap, free, set to NULL. No process is left. Blocks for about the grace at most. */
void blender_stop(struct blender **blender, int grace_ms);

#endif
