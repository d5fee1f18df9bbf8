using System;
using System.IO;
using System.Net.Sockets;
using System.Text;

namespace Dmerp.Tests
{
    /// <summary>
    /// Just enough HTTP for the sandbox. CoreCLR's own client needs an OpenSSL 1.1 for plain HTTP as well, which few systems
    /// have.
    /// </summary>
    public static class Http
    {
        /// <summary>The body of an answer that is a success.</summary>
        public static byte[] Request(string method, string url, byte[] body = null, string contentType = null)
        {
            var uri = new Uri(url);
            using (var connection = new TcpClient(uri.Host, uri.Port))
            using (var stream = connection.GetStream())
            {
                var head = method + " " + uri.PathAndQuery + " HTTP/1.1\r\nHost: " + uri.Authority + "\r\nConnection: close\r\n"
                    + (contentType != null ? "Content-Type: " + contentType + "\r\n" : "")
                    + (method != "GET" ? "Content-Length: " + (body?.Length ?? 0) + "\r\n" : "") + "\r\n";
                var bytes = Encoding.ASCII.GetBytes(head);
                stream.Write(bytes, 0, bytes.Length);
                stream.Write(body ?? new byte[0], 0, body?.Length ?? 0);
                var answer = new MemoryStream();
                stream.CopyTo(answer);
                return BodyOf(answer.ToArray(), method + " " + url);
            }
        }

        private static byte[] BodyOf(byte[] answer, string request)
        {
            var text = Encoding.GetEncoding("iso-8859-1").GetString(answer);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0 || !text.StartsWith("HTTP/1.1 2", StringComparison.Ordinal))
            {
                throw new IOException(request + ": " + text);
            }
            var body = new byte[answer.Length - end - 4];
            Array.Copy(answer, end + 4, body, 0, body.Length);
            return body;
        }
    }
}
