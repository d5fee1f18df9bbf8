namespace Dmerp
{
    /// <summary>How much a log record matters.</summary>
    public enum LogLevel
    {
        /// <summary>A call failed.</summary>
        Error = 1,

        /// <summary>Something failed and is tried again.</summary>
        Warning = 2,

        /// <summary>A call succeeded.</summary>
        Info = 3,

        /// <summary>Every request and its answer.</summary>
        Debug = 4,
    }
}
