/* The decisions the protocol's safety hangs on, one by one; all of them together are searched by tests/model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "share-layout/look.h"

static struct bf_task state(enum bf_task_state it, unsigned attempt, const char *token)
{
	struct bf_task task = { .kind = BF_TASK_FRAME, .frame = 7, .state = it, .attempt = attempt };
	strcpy(task.token, token);
	return task;
}

static void moves(void **unused)
{
	(void)unused;
	struct bf_task open = state(BF_OPEN, 1, ""), run = state(BF_RUN, 1, "a-000001-0-1"), done = state(BF_DONE, 1, "a-000001-0-1"),
		parked = state(BF_PARKED, 1, "");
	assert_int_equal(bf_look_move(&open, BF_OF_LIVING), BF_TAKE);
	assert_int_equal(bf_look_move(&run, BF_OF_LIVING), BF_LEAVE);
	assert_int_equal(bf_look_move(&run, BF_OURS), BF_LEAVE);
	assert_int_equal(bf_look_move(&run, BF_OURS_LOST), BF_GIVE_BACK);
	assert_int_equal(bf_look_move(&run, BF_OF_DEAD), BF_BREAK);
	assert_int_equal(bf_look_move(&done, BF_OF_DEAD), BF_LEAVE);
	assert_int_equal(bf_look_move(&parked, BF_OF_DEAD), BF_LEAVE);
}

static void an_enoent_is_believed_of_all_steps_but_a_commit(void **unused)
{
	(void)unused;
	struct bf_task run = state(BF_RUN, 1, "a-000001-0-1"), done = state(BF_DONE, 1, "a-000001-0-1");
	assert_int_equal(bf_look_after_rename(&run, 1), BF_DID_IT);
	assert_int_equal(bf_look_after_rename(&run, 0), BF_DID_NOT);
	assert_int_equal(bf_look_after_rename(&run, -1), BF_LOOK);
	assert_int_equal(bf_look_after_rename(&done, 1), BF_DID_IT);
	assert_int_equal(bf_look_after_rename(&done, 0), BF_LOOK_AFRESH);
	assert_int_equal(bf_look_after_rename(&done, -1), BF_LOOK);
}

static void absence_counts_only_behind_an_own_change(void **unused)
{
	(void)unused;
	assert_int_equal(bf_look_result(BF_LOOK, 1), BF_DID_IT);
	assert_int_equal(bf_look_result(BF_LOOK, 0), BF_UNCLEAR);
	assert_int_equal(bf_look_result(BF_LOOK, -1), BF_UNCLEAR);
	assert_int_equal(bf_look_result(BF_LOOK_AFRESH, 1), BF_DID_IT);
	assert_int_equal(bf_look_result(BF_LOOK_AFRESH, 0), BF_DID_NOT);
	assert_int_equal(bf_look_result(BF_LOOK_AFRESH, -1), BF_UNCLEAR);
	assert_int_equal(bf_look_picture(false, false), BF_HEAL_CERTAIN);
	assert_int_equal(bf_look_picture(false, true), BF_HEAL_REOPEN);
	assert_int_equal(bf_look_picture(true, false), BF_HEAL_NOTHING);
}

static void waste_is_what_no_commit_can_ever_stand_for(void **unused)
{
	(void)unused;
	struct bf_task mine = state(BF_RUN, 2, "a-000001-0-1"), other = state(BF_DONE, 2, "b-000002-0-1"),
		own = state(BF_DONE, 2, "a-000001-0-1"), later = state(BF_OPEN, 3, ""), earlier = state(BF_RUN, 1, "b-000002-0-1"),
		parked = state(BF_PARKED, 2, "");
	assert_true(bf_look_is_waste(&other, &mine));
	assert_true(bf_look_is_waste(&later, &mine));
	assert_true(bf_look_is_waste(&parked, &mine));
	assert_false(bf_look_is_waste(&own, &mine));
	assert_false(bf_look_is_waste(&mine, &mine));
	assert_false(bf_look_is_waste(&earlier, &mine)); /* an old look at the task */
}

static void duplicates_are_of_pictures_that_living_others_make(void **unused)
{
	(void)unused;
	struct bf_task open = state(BF_OPEN, 1, ""), run = state(BF_RUN, 1, "a-000001-0-1"), done = state(BF_DONE, 1, "a-000001-0-1"),
		join = run;
	join.kind = BF_TASK_JOIN;
	assert_true(bf_look_may_duplicate(&run, BF_OF_LIVING));
	assert_false(bf_look_may_duplicate(&run, BF_OURS));
	assert_false(bf_look_may_duplicate(&run, BF_OURS_LOST));
	assert_false(bf_look_may_duplicate(&run, BF_OF_DEAD)); /* that is broken instead */
	assert_false(bf_look_may_duplicate(&open, BF_OF_LIVING));
	assert_false(bf_look_may_duplicate(&done, BF_OF_LIVING));
	assert_false(bf_look_may_duplicate(&join, BF_OF_LIVING));
}

static void a_render_is_in_vain_when_its_claim_is_gone_for_ever(void **unused)
{
	(void)unused;
	struct bf_task base = state(BF_RUN, 2, "a-000001-0-1"), done = state(BF_DONE, 2, "b-000002-0-1"), next = state(BF_OPEN, 3, ""),
		earlier = state(BF_OPEN, 2, ""), other = done;
	other.frame = 8;
	assert_true(bf_look_is_in_vain(&base, &done));
	assert_true(bf_look_is_in_vain(&base, &next));
	assert_false(bf_look_is_in_vain(&base, &base));
	assert_false(bf_look_is_in_vain(&base, &earlier)); /* an old listing */
	assert_false(bf_look_is_in_vain(&base, &other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moves),
		cmocka_unit_test(an_enoent_is_believed_of_all_steps_but_a_commit),
		cmocka_unit_test(absence_counts_only_behind_an_own_change),
		cmocka_unit_test(waste_is_what_no_commit_can_ever_stand_for),
		cmocka_unit_test(duplicates_are_of_pictures_that_living_others_make),
		cmocka_unit_test(a_render_is_in_vain_when_its_claim_is_gone_for_ever),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
