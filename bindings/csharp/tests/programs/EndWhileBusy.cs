using System;
using Dmerp;

/// <summary>Begins a call that hangs, and ends in the way that it is told, with nothing disposed.</summary>
internal static class EndWhileBusy
{
    private static int Main()
    {
        var config = new Config("DMDEV01", Environment.GetEnvironmentVariable("DMERP_API_KEY"))
        {
            BaseUrl = Environment.GetEnvironmentVariable("DMERP_BASE_URL"),
        };
        config.LogTo(LogLevel.Debug, (level, message) => { });
        new Client(config).CheckAsync();
        var how = Console.ReadLine();
        Console.WriteLine("ending");
        if (how == "exit")
        {
            Environment.Exit(0);
        }
        if (how == "collect")
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return 0;
    }
}
