using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Xml.Linq;

namespace Dmerp.Tests
{
    /// <summary>
    /// The portal and its storage on this machine: a process for the whole run, which ends with it. Its control API is in
    /// tests/sandbox/README.md.
    /// </summary>
    public sealed class Sandbox
    {
        private static readonly Lazy<Sandbox> Once = new Lazy<Sandbox>(() => new Sandbox());
        private static readonly Lazy<Sandbox> OnceSecure = new Lazy<Sandbox>(() => new Sandbox("--tls"));

        private Sandbox(params string[] arguments)
        {
            var places = Environment.GetEnvironmentVariable("DMERP_SANDBOXES");
            var ready = Json.Read((places != null ? Connect(places, arguments) : Start(arguments)).ReadLine());
            BaseUrl = ready.Element("base_url").Value;
            ControlUrl = ready.Element("control_url").Value;
            AppArea = ready.Element("app_area").Value;
            ApiKey = ready.Element("api_key").Value;
            CaFile = ready.Element("ca_file").Value;
        }

        public static Sandbox Running => Once.Value;

        /// <summary>Another, which speaks HTTPS; the control API as well, which the tests then cannot use.</summary>
        public static Sandbox Secure => OnceSecure.Value;

        public string BaseUrl { get; }

        public string AppArea { get; }

        public string ApiKey { get; }

        /// <summary>Of the CA that made the certificate of the secure one.</summary>
        public string CaFile { get; }

        private string ControlUrl { get; }

        /// <summary>It lives as long as its standard input, or this connection, is open.</summary>
        private IDisposable Lifeline { get; set; }

        /// <summary>As it was at its start.</summary>
        public void Reset() => Control("POST", "/reset");

        /// <summary>A mobile user sends packets; the first one's url.</summary>
        public string Send(byte[] content, string more = "", string mobileUser = "anna") =>
            Control("POST", "/packets?mobileUser=" + Uri.EscapeDataString(mobileUser) + more, content)
                .Element("sent").Elements().First().Element("url").Value;

        /// <summary>Adds a fault, in JSON, such as "'on': 'portal', 'action': 'hang'".</summary>
        public void Fault(string fault) => ControlJson("POST", "/faults", fault);

        public void ClearFaults() => Control("DELETE", "/faults");

        public void ExpireHandles() => Control("POST", "/expire-handles");

        public void ShowHidden() => Control("POST", "/show-hidden");

        public void SetDialects(string dialects) => ControlJson("PATCH", "/dialects", dialects);

        /// <summary>What the ERP pushed.</summary>
        public List<XElement> Pushed() => Control("GET", "/pushed").Elements().ToList();

        public byte[] PushedContent(string mobileUser, string packetId) =>
            Http.Request(
                "GET",
                ControlUrl + "/pushed/content?mobileUser=" + Uri.EscapeDataString(mobileUser)
                + "&packetUniqueId=" + Uri.EscapeDataString(packetId));

        /// <summary>The packets not marked done.</summary>
        public List<XElement> Waiting() => Control("GET", "/packets").Elements().ToList();

        public List<XElement> Requests() => Control("GET", "/requests").Elements().ToList();

        /// <summary>Waits until a fault was applied: the call is then at the place that a test wants to see it at.</summary>
        public void AwaitFault() =>
            Await.That(() => Control("GET", "/faults").Elements().Any(rule => rule.Element("applied").Value != "0"));

        private StreamReader Start(string[] arguments)
        {
            var words = string.Join(" ", new[] { "--port", "0", "--stdin-lifeline" }.Concat(arguments));
            var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DMERP_SANDBOX"), words)
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            };
            var process = Process.Start(start);
            Lifeline = process;
            return process.StandardOutput;
        }

        /// <summary>Under Wine, which cannot start it: tests/windows/sandboxes.py does.</summary>
        private StreamReader Connect(string places, string[] arguments)
        {
            var host = places.Split(':');
            var connection = new TcpClient(host[0], int.Parse(host[1], CultureInfo.InvariantCulture));
            Lifeline = connection;
            var stream = connection.GetStream();
            var list = Encoding.ASCII.GetBytes("[" + string.Join(",", arguments.Select(word => "\"" + word + "\"")) + "]\n");
            stream.Write(list, 0, list.Length);
            return new StreamReader(stream);
        }

        private XElement Control(string method, string path, byte[] body = null, string contentType = null)
        {
            var answer = Http.Request(method, ControlUrl + path, body, contentType);
            return answer.Length > 0 ? Json.Read(Encoding.UTF8.GetString(answer)) : null;
        }

        private void ControlJson(string method, string path, string json) =>
            Control(method, path, Encoding.UTF8.GetBytes("{" + json.Replace('\'', '"') + "}"), "application/json");
    }
}
