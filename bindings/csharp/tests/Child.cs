using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using NUnit.Framework;

namespace Dmerp.Tests
{
    /// <summary>A program that runs on the same runtime as the tests, in a process of its own.</summary>
    public sealed class Child : IDisposable
    {
        private readonly Process process;
        private readonly StringBuilder output = new StringBuilder();

        private Child(Process process)
        {
            this.process = process;
        }

        // Without it the SDK made the programs, which the command dotnet runs.
        private static readonly string TestHost = Environment.GetEnvironmentVariable("DMERP_TEST_HOST");

        /// <summary>The folder with Dmerp.Client.dll and the programs.</summary>
        public static string Programs => Path.GetDirectoryName(typeof(Child).Assembly.Location);

        public string Output
        {
            get
            {
                lock (output)
                {
                    return output.ToString();
                }
            }
        }

        /// <summary>Puts an assembly or a program, by its name, into a folder.</summary>
        public static void Copy(string name, string folder)
        {
            foreach (var file in Directory.GetFiles(Programs, name + ".*").Where(one => !one.EndsWith(".deps.json")))
            {
                File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            }
        }

        /// <summary>A program's file, by its name.</summary>
        public static string Program(string folder, string name) =>
            Path.Combine(folder, name + (TestHost != null ? ".exe" : ".dll"));

        /// <summary>Starts a program. A variable that is null is taken out of its environment.</summary>
        public static Child Start(
            string program, Dictionary<string, string> variables = null, string folder = null, params string[] arguments)
        {
            var words = string.Join(" ", new[] { program }.Concat(arguments).Select(argument => "\"" + argument + "\""));
            var hosts = Environment.GetEnvironmentVariable("DMERP_TEST_HOST_ARGUMENTS");
            var start = new ProcessStartInfo(TestHost ?? "dotnet", hosts + " " + words)
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardOutputEncoding = Encoding.UTF8,
                WorkingDirectory = folder ?? Programs,
            };
            foreach (var variable in variables ?? new Dictionary<string, string>())
            {
                if (variable.Value == null)
                {
                    start.EnvironmentVariables.Remove(variable.Key);
                }
                else
                {
                    start.EnvironmentVariables[variable.Key] = variable.Value;
                }
            }
            var child = new Child(new Process { StartInfo = start });
            child.process.OutputDataReceived += (sender, line) => child.Add(line.Data);
            child.process.ErrorDataReceived += (sender, line) => child.Add(line.Data);
            child.process.Start();
            child.process.BeginOutputReadLine();
            child.process.BeginErrorReadLine();
            return child;
        }

        /// <summary>Gives it a line to read.</summary>
        public void Tell(string line) => process.StandardInput.WriteLine(line);

        /// <summary>Waits for its end; its exit code.</summary>
        public int ExitCode()
        {
            Assert.IsTrue(process.WaitForExit((int)Await.Limit.TotalMilliseconds), "it does not end: " + Output);
            process.WaitForExit(); // for the rest of its output
            return process.ExitCode;
        }

        public void Dispose()
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
            process.Dispose();
        }

        private void Add(string line)
        {
            lock (output)
            {
                output.AppendLine(line);
            }
        }
    }
}
