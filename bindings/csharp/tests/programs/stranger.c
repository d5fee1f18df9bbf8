/* A library that is not dmerp. It leaves a mark when it is loaded: the file that DMERP_TEST_MARK names. */
#include <stdio.h>
#include <stdlib.h>

__attribute__((constructor)) static void leave_a_mark(void)
{
    const char *path = getenv("DMERP_TEST_MARK");
    FILE *mark = path != NULL ? fopen(path, "w") : NULL;
    if (mark != NULL)
        fclose(mark);
}

int stranger(void)
{
    return 0;
}
