using System;
using System.Threading;
using Dmerp;

/// <summary>Ends in the way that HOW_TO_END says, while a call hangs and nothing is disposed.</summary>
internal static class EndWhileBusy
{
    private static int Main()
    {
        var config = new Config
        {
            AppArea = "DMDEV01",
            ApiKey = Environment.GetEnvironmentVariable("DMERP_API_KEY"),
            BaseUrl = Environment.GetEnvironmentVariable("DMERP_BASE_URL"),
        };
        using (var sending = new ManualResetEvent(false))
        {
            config.LogTo(LogLevel.Debug, (level, message) => sending.Set());
            var client = new Client(config);
            client.CheckAsync();
            sending.WaitOne(TimeSpan.FromSeconds(10));
        }
        Thread.Sleep(300); // so that it waits for the answer; the test sees the request
        config.LogTo(LogLevel.Error, (level, message) => { });
        Console.WriteLine("ending");
        if (Environment.GetEnvironmentVariable("HOW_TO_END") == "exit")
        {
            Environment.Exit(0);
        }
        if (Environment.GetEnvironmentVariable("HOW_TO_END") == "collect")
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return 0;
    }
}
