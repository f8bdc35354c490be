/* The log: one line per event, whatever is in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "core/util/log.h"

/* What a message becomes, as the reader of standard error sees it. */
static void logged(const char *message, char *out, size_t size)
{
    int ends[2];
    int kept = dup(STDERR_FILENO);
    ssize_t n;

    assert_int_equal(pipe(ends), 0);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    log_write(LOG_INFO, "%s", message);
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    close(ends[1]);
    n = read(ends[0], out, size - 1);
    assert_true(n > 0);
    out[n] = '\0';
    close(ends[0]);
    close(kept);
}

static void a_message_is_one_line(void **state)
{
    static const char hostile[] =
        "no file a\n2026-01-01T00:00:00Z error [1] forged\r\t\x1b[2Jb\xE2\x80\xAE\xFF.";
    char text[1000];

    (void)state;
    for (int json = 0; json < 2; json++) {
        log_setup(json, LOG_INFO);
        logged(hostile, text, sizeof text);
        assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
        assert_non_null(strstr(text, "no file a 2026-01-01T00:00:00Z error [1] forged? ?[2Jb??."));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_message_is_one_line)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
