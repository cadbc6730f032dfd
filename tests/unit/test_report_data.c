#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/small_farm.h"
#include "tools/report.h"

static void test_prometheus(void **state)
{
	(void)state;
	struct bf_buf out = {0};
	strcpy(farm.jobs[1].plan.name, "a\"b\\c\nd\033\xff");
	report_prometheus(&farm.scan, "/farm", NULL, &out);
	static const char *const lines[] = {
		"# TYPE blendfolder_job_frames gauge\n",
		"blendfolder_share_info{path=\"/farm\"} 1\n",
		"blendfolder_jobs{state=\"planning\"} 1\n",
		"blendfolder_job_info{job=\"shot_2026-01-02_030405\",name=\"a\\\"b\\\\c\\nd\xef\xbf\xbd\xef\xbf\xbd\",state=\"running\"} 1\n",
		"blendfolder_job_frames{job=\"shot_2026-01-02_030405\",state=\"waiting\"} 24\n",
		"blendfolder_job_eta_seconds{job=\"shot_2026-01-02_030405\"} 3723\n",
		"blendfolder_machine_seconds_per_task{job=\"shot_2026-01-02_030405\",machine=\"pc2\"} 12.500\n",
		"blendfolder_agents{state=\"lost\"} 1\n",
		"blendfolder_slot_progress_ratio{agent=\"atelier-abcdef\",machine=\"atelier\",slot=\"0\"} 0.400\n",
		"blendfolder_slot_memory_bytes{agent=\"atelier-abcdef\",machine=\"atelier\",slot=\"0\"} 943718400\n",
		"blendfolder_queued{held=\"yes\"} 1\n",
		"blendfolder_rejected 1\n",
	};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		if (!strstr(out.data, lines[i]))
			fail_msg("missing: %s", lines[i]);
	assert_null(strstr(out.data, "machine=\"atelier\"} 0\n")); /* what is not known is left out */
	assert_null(strstr(out.data, "slot=\"1\"} 0.0"));
	for (const char *p = out.data; *p; p++)
		assert_true((unsigned char)*p >= 0x20 || *p == '\n');
	bf_buf_clear(&out);
}

/* Ended jobs do not add up for ever. */
static void test_prometheus_of_many_jobs(void **state)
{
	(void)state;
	struct bf_scan_job *many = small_farm_of_many_jobs(BF_JOB_RUNNING);
	struct bf_buf out = {0};
	report_prometheus(&farm.scan, "/farm", NULL, &out);
	assert_null(strstr(out.data, "j489_"));
	assert_non_null(strstr(out.data, "j490_"));
	assert_non_null(strstr(out.data, "j3_"));
	assert_non_null(strstr(out.data, "blendfolder_jobs{state=\"done\"} 499\n"));
	bf_buf_clear(&out);
	free(many);
}

static void test_json(void **state)
{
	(void)state;
	struct bf_buf out = {0};
	farm.scan.agent_count = 2;
	report_json(&farm.scan, "/farm", &farm.jobs[1], &out);
	assert_string_equal(out.data,
		"{\"format\":1,\"share\":\"/farm\",\"jobs\":[{\"id\":\"shot_2026-01-02_030405\",\"name\":\"shot\",\"state\":\"running\","
		"\"waits\":null,\"priority\":5,\"frames\":{\"total\":40,\"done\":10,\"running\":4,\"failed\":2,\"waiting\":24},"
		"\"tasks\":{\"total\":40,\"done\":10,\"running\":4,\"failed\":2,\"waiting\":24},\"eta_s\":3723,"
		"\"eta_least_s\":3301,\"eta_most_s\":4101,\"frames_per_hour\":27,"
		"\"output\":\"output/shot_2026-01-02_030405\",\"warnings\":[\"missing: //wood.png\","
		"\"pc9 stays away from this job, see jobs/shot_2026-01-02_030405/AVOID.pc9.txt\","
		"\"1 task is held by an agent that is lost; others take over\"],"
		"\"failed_tasks\":[{\"task\":\"f0012\",\"failures\":3,\"machine\":\"pc2\",\"why\":\"out of memory\"},"
		"{\"task\":\"f0013.join\",\"failures\":0,\"machine\":\"\",\"why\":\"\"}],"
		"\"machines\":[{\"name\":\"pc2\",\"tasks\":9,\"seconds_per_task\":12.5},"
		"{\"name\":\"atelier\",\"tasks\":1,\"seconds_per_task\":null}]}],"
		"\"agents\":[{\"name\":\"atelier\",\"host\":\"atelier\",\"state\":\"rendering\",\"job\":\"shot_2026-01-02_030405\","
		"\"task\":\"f0013\",\"percent\":40,\"seen_s\":4,\"id\":\"atelier-abcdef\",\"version\":\"\",\"blender\":\"\",\"note\":\"\","
		"\"slots\":[{\"state\":\"rendering\",\"job\":\"shot_2026-01-02_030405\",\"task\":\"f0013\",\"percent\":40,\"device\":\"CPU\","
		"\"sample\":51,\"samples\":128,\"seconds\":77,\"mem_mb\":900,\"note\":\"\",\"duplicate\":true},"
		"{\"state\":\"idle\",\"job\":null,\"task\":null,\"percent\":null,\"device\":\"CUDA:1\",\"sample\":0,\"samples\":0,"
		"\"seconds\":0,\"mem_mb\":0,\"note\":\"nothing to do\",\"duplicate\":false}]},"
		"{\"name\":\"pc2\",\"host\":\"pc2\",\"state\":\"lost\",\"job\":null,\"task\":null,\"percent\":null,\"seen_s\":200,"
		"\"id\":\"pc2-abcdef\",\"version\":\"\",\"blender\":\"\",\"note\":\"\",\"slots\":[{\"state\":\"idle\",\"job\":null,"
		"\"task\":null,\"percent\":null,\"device\":\"\",\"sample\":0,\"samples\":0,\"seconds\":0,\"mem_mb\":0,\"note\":\"\",\"duplicate\":false}]}],"
		"\"rejected\":[{\"name\":\"bad.blend\",\"why\":\"it ends early\"}],"
		"\"queued\":[{\"name\":\"a.blend\",\"held\":false},{\"name\":\"b.blend\",\"held\":true}]}\n");
	bf_buf_clear(&out);
}

#define TEST(name) cmocka_unit_test_setup(name, small_farm_setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_prometheus),
		TEST(test_prometheus_of_many_jobs),
		TEST(test_json),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
