/* bfagent: one machine's part of the farm. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/benchmark.h"
#include "agent/check.h"
#include "agent/config.h"
#include "agent/service.h"
#include "agent/speed.h"
#include "agent/supervise.h"
#include "agent/update.h"
#include "share-layout/base/log.h"
#include "share-layout/token.h"
#include "share-layout/update.h"

enum { EXIT_USAGE = 2, EXIT_UNUSABLE = 3 };

static const char help[] =
	"Usage: bfagent [--share DIR] [options]\n"
	"Renders what people drop into DIR/queue/, together with all other agents that see DIR.\n"
	"Runs until it is stopped (Ctrl-C, SIGTERM); frames in work are given back to the others.\n"
	"\n"
	"  --share DIR     the shared folder; an empty or missing one becomes a new share\n"
	"                  (or $BF_SHARE, or share = DIR in agent.ini)\n"
	"  --config FILE   this agent.ini (or $BF_CONFIG) instead of searching for one\n"
	"  --slots N       so many frames at a time on this machine (default 1)\n"
	"  --name NAME     this machine's name in the farm (default: the host's)\n"
	"  --once          take at most one task, then end\n"
	"  --drain         end when nothing is left to do or running on the share\n"
	"  --check-share   measure whether DIR is good enough for a farm, and say so;\n"
	"                  run it on a second machine at the same time to see both together\n"
	"  --wait SECONDS  how long --check-share waits for that one (default 10, 0 = not)\n"
	"  --benchmark     measure how fast this machine's slots are, say so and keep it:\n"
	"                  the farm cuts pictures accordingly\n"
	"  --json          what --benchmark found, for programs\n"
	"  -v, --verbose   say more\n"
	"  --install-service[=WHICH]\n"
	"                  print a systemd unit that starts this program: system (the\n"
	"                  default for root), user, or instance (several agents)\n"
	"  -h, --help      this text        -V, --version\n"
	"\n"
	"Exit status: 0 ended as asked, 1 some work failed (--once, --drain), the folder\n"
	"is not fit (--check-share) or a slot was not measured (--benchmark), 2 wrong usage,\n"
	"3 the share, the configuration or Blender cannot be used, 4 --once found nothing to do.\n";

struct options {
	const char *share, *config, *name;
	long slots;
	int64_t wait_ms; /* -1: not said */
	bool once, drain, check, benchmark, json, verbose;
};

static int bad_usage(const char *value, const char *want)
{
	fprintf(stderr, "bfagent: %s: %s; bfagent --help tells more\n", value, want);
	return EXIT_USAGE;
}

static int parse_wait(const char *text, int64_t *ms)
{
	char *end;
	double seconds = strtod(text, &end);
	if (end == text || *end || !(seconds >= 0 && seconds <= CHECK_WAIT_MAX_MS / 1000.0))
		return -1;
	*ms = (int64_t)(seconds * 1000);
	return 0;
}

static int print_service(const char *which)
{
	struct bf_err err;
	return service_print(which, stdout, &err) == 0 ? 0 : bad_usage("--install-service", err.text);
}

/* Returns -1 to go on, else the exit status. */
static int parse_options(int argc, char **argv, struct options *options)
{
	enum { SHARE = 256, CONFIG, SLOTS, NAME, ONCE, DRAIN, CHECK, WAIT, BENCHMARK, JSON, SERVICE };
	static const struct option list[] = {
		{ "share", required_argument, NULL, SHARE }, { "config", required_argument, NULL, CONFIG },
		{ "slots", required_argument, NULL, SLOTS }, { "name", required_argument, NULL, NAME },
		{ "once", no_argument, NULL, ONCE }, { "drain", no_argument, NULL, DRAIN },
		{ "check-share", no_argument, NULL, CHECK }, { "wait", required_argument, NULL, WAIT },
		{ "benchmark", no_argument, NULL, BENCHMARK }, { "json", no_argument, NULL, JSON },
		{ "verbose", no_argument, NULL, 'v' }, { "help", no_argument, NULL, 'h' },
		{ "install-service", optional_argument, NULL, SERVICE }, { "version", no_argument, NULL, 'V' }, { 0 },
	};
	for (int c; (c = getopt_long(argc, argv, "hvV", list, NULL)) != -1;) {
		char *end;
		switch (c) {
		case SHARE: options->share = optarg; break;
		case CONFIG: options->config = optarg; break;
		case NAME: options->name = optarg; break;
		case ONCE: options->once = true; break;
		case DRAIN: options->drain = true; break;
		case CHECK: options->check = true; break;
		case BENCHMARK: options->benchmark = true; break;
		case JSON: options->json = true; break;
		case WAIT:
			if (parse_wait(optarg, &options->wait_ms) < 0)
				return bad_usage(optarg, "--wait wants seconds, from 0 to 3600");
			break;
		case 'v': options->verbose = true; break;
		case SLOTS:
			options->slots = strtol(optarg, &end, 10);
			if (*end || options->slots < 1 || options->slots > BF_SLOTS_MAX)
				return bad_usage(optarg, "--slots wants a number from 1 to 64");
			break;
		case 'h':
			fputs(help, stdout);
			return 0;
		case SERVICE:
			return print_service(optarg);
		case 'V':
			printf("bfagent %s\n", bf_version);
			return 0;
		default:
			fprintf(stderr, "bfagent --help tells what is possible\n");
			return EXIT_USAGE;
		}
	}
	if (optind < argc)
		return bad_usage(argv[optind], "this is no option; options begin with --");
	if (options->wait_ms >= 0 && !options->check)
		return bad_usage("--wait", "goes with --check-share only");
	if (options->check && (options->once || options->drain))
		return bad_usage("--check-share", "goes neither with --once nor with --drain");
	if (options->json && !options->benchmark)
		return bad_usage("--json", "goes with --benchmark only");
	if (options->benchmark && (options->once || options->drain || options->check))
		return bad_usage("--benchmark", "goes with none of --once, --drain, --check-share");
	return -1;
}

static int apply_options(const struct options *options, struct config *config, struct bf_err *err)
{
	if (options->share && bf_fmt(config->share, sizeof config->share, "%s", options->share) < 0)
		return bf_err_set(err, "--share: the path is too long");
	if (options->name) {
		char clean[BF_NAME_MAX];
		bf_name_clean(options->name, clean);
		if (strcmp(clean, options->name))
			return bf_err_set(err, "--name %s: want small letters, digits and single dashes, such as %s", options->name, clean);
		snprintf(config->name, sizeof config->name, "%s", clean);
	}
	if (options->slots)
		config->slots = (int)options->slots;
	config->once = options->once;
	config->drain = options->drain;
	if (config->once)
		config->slots = 1;
	return 0;
}

static int unusable(const struct bf_err *err)
{
	fprintf(stderr, "bfagent: %s\n", err->text);
	return EXIT_UNUSABLE;
}

/* Go on as the newer program, with the same process and arguments. Returns only when that is impossible. */
static int become(const char *program, char **argv)
{
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	update_mark(program);
	execv(program, argv);
	bf_log(BF_LOG_ERROR, "update: %s cannot be run", program);
	return 1;
}

int main(int argc, char **argv)
{
	struct options options = { .wait_ms = -1 };
	static struct config config;
	char next_program[4096];
	struct bf_share share;
	struct bf_err err;
	int status = parse_options(argc, argv, &options);
	if (status >= 0)
		return status;
	if (options.verbose)
		bf_log_set_level(BF_LOG_DEBUG);
	config_default(&config);
	if (config_load(&config, options.config, &err) < 0 || apply_options(&options, &config, &err) < 0
		|| (options.benchmark ? config_complete_machine : config_complete)(&config, &err) < 0)
		return unusable(&err);
	if (options.benchmark)
		return benchmark_run(&config, options.json);
	if (options.check)
		return check_run(config.share, config.name, options.wait_ms < 0 ? CHECK_WAIT_MS : options.wait_ms);
	speed_load(&config);
	if (bf_share_open_or_make(config.share, &share, &err) < 0)
		return unusable(&err);
	status = supervise_run(&config, &share, next_program);
	bf_share_close(&share);
	return next_program[0] ? become(next_program, argv) : status;
}
