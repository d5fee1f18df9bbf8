namespace Dmerp.Native
{
    /// <summary>What a value is, for the library.</summary>
    internal enum ValueKind
    {
        Null = 0,
        Text = 1,
        Bool = 2,
        Integer = 3,
        Decimal = 4,
        Real = 5,
        Date = 6,
        Time = 7,
        Instant = 8,
        Bytes = 9,
    }
}
