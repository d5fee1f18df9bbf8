using System;

namespace Dmerp.Tests
{
    /// <summary>A progress that runs where it is reported, unlike <see cref="Progress{T}"/>.</summary>
    public sealed class Reporting : IProgress<TransferProgress>
    {
        private readonly Action<TransferProgress> report;

        public Reporting(Action<TransferProgress> report)
        {
            this.report = report;
        }

        public void Report(TransferProgress value) => report(value);
    }
}
