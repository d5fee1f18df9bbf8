/* A library that is not dmerp. */
int stranger(void)
{
    return 0;
}
