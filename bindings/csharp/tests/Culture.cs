using System;
using System.Globalization;
using System.Threading;
using NUnit.Framework;

namespace Dmerp.Tests
{
    /// <summary>The culture of this thread, until it is disposed.</summary>
    public sealed class Culture : IDisposable
    {
        /// <summary>No country's, but with its own sign for all that numbers and times have.</summary>
        public const string Odd = "odd";

        private readonly CultureInfo before = CultureInfo.CurrentCulture;

        /// <summary>One by its name. Where a runtime has no cultures, the test ends as skipped, but with the odd one.</summary>
        public Culture(string name)
        {
            try
            {
                Thread.CurrentThread.CurrentCulture = name == Odd ? NewOdd() : new CultureInfo(name);
            }
            catch (CultureNotFoundException)
            {
                Assert.Ignore("There is no culture " + name + ".");
            }
        }

        public void Dispose() => Thread.CurrentThread.CurrentCulture = before;

        private static CultureInfo NewOdd()
        {
            var odd = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            odd.NumberFormat.NegativeSign = "~";
            odd.NumberFormat.NumberDecimalSeparator = "d";
            odd.NumberFormat.NumberGroupSeparator = ".";
            odd.DateTimeFormat.DateSeparator = "/";
            odd.DateTimeFormat.TimeSeparator = ",";
            return odd;
        }
    }
}
