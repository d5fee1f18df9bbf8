/* A library of this ABI, from before most of its functions. */
#include <stdint.h>

uint32_t dmerp_abi_version(void)
{
    return 1;
}

const char *dmerp_version(void)
{
    return "0.0.9";
}

int64_t dmerp_live_handles(void)
{
    return 0;
}
