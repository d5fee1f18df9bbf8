using System.Linq;
using System.Text;
using System.Threading;
using NUnit.Framework;

namespace Dmerp.Tests
{
    [TestFixture]
    public class ThreadTests : SandboxTests
    {
        [Test]
        public void OneClientServesManyThreads()
        {
            const int Threads = 16;
            const int Each = 10;
            var logged = 0;
            var client = NewClient(config => config.LogTo(LogLevel.Info, (level, message) => Interlocked.Increment(ref logged)));
            System.Exception problem = null;
            var through = new CountdownEvent(Threads);
            var threads = Enumerable.Range(0, Threads).Select(thread => new Thread(() =>
            {
                try
                {
                    for (var i = 0; i < Each; i++)
                    {
                        var id = "packet-" + thread + "-" + i;
                        client.Push("user" + thread, Encoding.UTF8.GetBytes(id), packetId: id);
                        var packets = client.Pull();
                        Assert.AreEqual(0, packets.Count);
                    }
                }
                catch (System.Exception exception)
                {
                    problem = exception;
                }
                through.Signal();
                if (Platform.IsWine)
                {
                    through.Wait(); // since there, a thread that ends can delay the others' calls (docs/windows.md)
                }
            })).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => Assert.IsTrue(thread.Join(Await.Limit)));
            Assert.IsNull(problem);
            Assert.AreEqual(Threads * Each, Sandbox.Pushed().Count);
            Assert.AreEqual(2 * Threads * Each, logged);
            Assert.AreEqual("packet-15-9", Encoding.UTF8.GetString(Sandbox.PushedContent("user15", "packet-15-9")));
        }
    }
}
