using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Reflection;
using System.Threading;
using NUnit.Framework;

namespace Dmerp.Tests
{
    [TestFixture]
    public class ConfigTests : SandboxTests
    {
        [Test]
        public void EveryPropertySetsItsOption()
        {
            var keys = new[]
            {
                "app_area", "base_url", "format", "timeout.connect_ms", "timeout.idle_ms", "timeout.overall_ms",
                "retry.max_attempts", "retry.base_ms", "retry.max_ms", "tls.roots", "tls.ca_file", "tls.ca_pem", "proxy",
                "user_agent", "upload_content_type", "done_batch", "temp_dir", "max_list_bytes", "max_memory_bytes",
                "max_download_bytes", "receive.concurrency", "receive.ahead_packets", "receive.ahead_bytes",
                "receive.memory_bytes", "receive.done_count", "receive.done_ms", "receive.close_ms", "receive.lease_ms",
                "receive.max_deliveries", "receive.dead_letter_dir", "receive.poll_ms", "receive.poll_max_ms",
                "receive.max_packets", "receive.max_ms", "push.concurrency",
            };
            var properties = typeof(Config).GetProperties().ToDictionary(property => property.Name.ToLowerInvariant());
            Assert.AreEqual(keys.Length + 1, properties.Count, "every key has a property; and HasApiKey");
            using (var config = new Config())
            {
                foreach (var key in keys)
                {
                    var property = properties[key.Replace("_ms", "").Replace("_", "").Replace(".", "")];
                    var value = Other(property, property.GetValue(config));
                    property.SetValue(config, value);
                    Assert.AreEqual(value, property.GetValue(config), key);
                    Assert.AreEqual(Raw(value), config.Get(key), key);
                }
            }
        }

        [Test]
        public void AnOptionWithoutAValueReadsAsNull()
        {
            using (var config = new Config())
            {
                Assert.IsNull(config.AppArea);
                Assert.IsFalse(config.HasApiKey);
                Assert.IsNull(config.Get("api_key"));
                Assert.IsNull(config.TlsCaFile);
                Assert.IsNull(config.TlsCaPem);
                Assert.IsNull(config.TempDir);
                Assert.IsNull(config.ReceiveDeadLetterDir);
                Assert.IsNull(config.UploadContentType);
            }
        }

        [Test]
        public void ARefusedValueLeavesTheOptionAsItWas()
        {
            using (var config = new Config { DoneBatch = 7 })
            {
                var error = Throws(Status.InvalidConfig, () => config.DoneBatch = -1);
                StringAssert.Contains("done_batch", error.Message);
                Assert.AreEqual(7, config.DoneBatch);
                Throws(Status.InvalidConfig, () => config.Format = Format.Default);
                Throws(Status.InvalidConfig, () => config.TlsRoots = (TlsRoots)9);
                Throws(Status.InvalidConfig, () => config.TimeoutIdle = Timeout.InfiniteTimeSpan);
                Throws(Status.InvalidConfig, () => config.BaseUrl = "ftp://x");
            }
        }

        [Test]
        public void DurationsAreRoundedUpToMilliseconds()
        {
            using (var config = new Config { TimeoutIdle = TimeSpan.FromTicks(1), RetryBase = TimeSpan.FromTicks(15000) })
            {
                Assert.AreEqual("1", config.Get("timeout.idle_ms"));
                Assert.AreEqual("2", config.Get("retry.base_ms"));
            }
        }

        [Test]
        public void NumbersDoNotFollowTheUsersCulture()
        {
            var before = Thread.CurrentThread.CurrentCulture;
            var strange = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            strange.NumberFormat.NegativeSign = "minus";
            strange.NumberFormat.NumberGroupSeparator = "x";
            Thread.CurrentThread.CurrentCulture = strange;
            try
            {
                using (var config = new Config { MaxListBytes = 1234567 })
                {
                    Assert.AreEqual(1234567, config.MaxListBytes);
                    var error = Throws(Status.InvalidConfig, () => config.DoneBatch = -5);
                    StringAssert.Contains("-5", error.Message);
                }
            }
            finally
            {
                Thread.CurrentThread.CurrentCulture = before;
            }
        }

        [Test]
        public void TheKeyCannotBeReadBack()
        {
            using (var config = new Config("DMDEV01", "very-secret"))
            {
                Assert.IsTrue(config.HasApiKey);
                Assert.AreEqual("(set)", config.Get("api_key"));
                StringAssert.DoesNotContain("very-secret", config.ToString());
                Throws(Status.InvalidConfig, () => config.SetApiKey(config.Get("api_key")));
                var error = Throws(Status.InvalidConfig, () => config.SetApiKey("very-secret\n"));
                StringAssert.DoesNotContain("very-secret", error.ToString());
                error = Throws(Status.InvalidConfig, () => config.Set("api_key", new string('k', 2000)));
                StringAssert.DoesNotContain("kkk", error.ToString());
            }
        }

        [Test]
        public void NullsAndNulsAreErrors()
        {
            using (var config = new Config())
            {
                Assert.AreEqual("AppArea", Assert.Throws<ArgumentNullException>(() => config.AppArea = null).ParamName);
                Assert.AreEqual("TlsCaFile", Assert.Throws<ArgumentNullException>(() => config.TlsCaFile = null).ParamName);
                Assert.AreEqual("key", Assert.Throws<ArgumentNullException>(() => config.Set(null, "x")).ParamName);
                Assert.AreEqual("value", Assert.Throws<ArgumentNullException>(() => config.Set("proxy", null)).ParamName);
                Assert.Throws<ArgumentNullException>(() => config.Get(null));
                Assert.AreEqual("AppArea", Assert.Throws<ArgumentException>(() => config.AppArea = "A\0B").ParamName);
                Assert.AreEqual("apiKey", Assert.Throws<ArgumentException>(() => config.SetApiKey("A\0B")).ParamName);
                Assert.AreEqual("apiKey", Assert.Throws<ArgumentNullException>(() => config.SetApiKey(null)).ParamName);
                var error = Assert.Throws<ArgumentNullException>(() => DisposedAtEnd(new Config(null, "k")));
                Assert.AreEqual("appArea", error.ParamName);
                Assert.Throws<ArgumentException>(() => config.AppArea = "half \ud83d of it");
                Assert.IsNull(config.AppArea);
            }
        }

        [Test]
        public void AClientKeepsItsCopy()
        {
            var config = NewConfig();
            var client = DisposedAtEnd(new Client(config));
            config.SetApiKey("another");
            client.Check();
            config.Dispose();
            client.Check();
        }

        [Test]
        public void ADisposedConfigIsAnError()
        {
            var config = new Config();
            config.Dispose();
            config.Dispose();
            Assert.AreEqual("Config", Assert.Throws<ObjectDisposedException>(() => config.AppArea = "X").ObjectName);
            Assert.Throws<ObjectDisposedException>(() => config.Get("app_area"));
            Assert.Throws<ObjectDisposedException>(() => config.LogTo(LogLevel.Info, (level, message) => { }));
            Assert.Throws<ObjectDisposedException>(() => DisposedAtEnd(new Client(config)));
            Assert.Throws<ArgumentNullException>(() => DisposedAtEnd(new Client(null)));
        }

        /// <summary>A good value that is not the one in force.</summary>
        private static object Other(PropertyInfo property, object now)
        {
            if (now is TimeSpan duration)
            {
                return duration + TimeSpan.FromMilliseconds(1);
            }
            if (now is int number)
            {
                return number - 1;
            }
            if (now is long large)
            {
                return large + 1;
            }
            var others = new Dictionary<string, object>
            {
                { "AppArea", "Област Αθήνα" },
                { "BaseUrl", "http://127.0.0.1:9/mobile" },
                { "Format", Format.Xml },
                { "TlsRoots", TlsRoots.Platform },
                { "TlsCaPem", "-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n" },
                { "Proxy", "none" },
            };
            return others.TryGetValue(property.Name, out var other) ? other : "text/of-" + property.Name;
        }

        private static string Raw(object value) =>
            value is TimeSpan duration ? duration.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)
            : value is Enum ? value.ToString().ToLowerInvariant()
            : value.ToString();
    }
}
