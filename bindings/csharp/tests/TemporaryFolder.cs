using System;
using System.IO;

namespace Dmerp.Tests
{
    /// <summary>A folder of a test's own, removed at its end.</summary>
    public sealed class TemporaryFolder : IDisposable
    {
        public TemporaryFolder()
        {
            Directory.CreateDirectory(Path);
        }

        public string Path { get; } =
            System.IO.Path.Combine(System.IO.Path.GetTempPath(), "dmerp-" + Guid.NewGuid().ToString("n"));

        /// <summary>Writes a file and tells its path.</summary>
        public string File(string name, byte[] content)
        {
            var path = System.IO.Path.Combine(Path, name);
            System.IO.File.WriteAllBytes(path, content);
            return path;
        }

        public void Dispose() => Directory.Delete(Path, true);
    }
}
