using System;

namespace Dmerp.Tests
{
    /// <summary>A progress that runs where it is reported, unlike <see cref="Progress{T}"/>.</summary>
    public sealed class Reporting : IProgress<long>
    {
        private readonly Action<long> report;

        public Reporting(Action<long> report)
        {
            this.report = report;
        }

        public void Report(long value) => report(value);
    }
}
