using System;
using System.Text;
using System.Xml.Linq;

namespace Dmerp.Tests
{
    /// <summary>
    /// JSON as XML: a member is an element of its name, an array's element is an "item". CoreCLR's own reader needs an OpenSSL
    /// 1.1, which few systems have.
    /// </summary>
    public sealed class Json
    {
        private readonly string text;
        private int next;

        private Json(string text)
        {
            this.text = text;
        }

        public static XElement Read(string text) => new Json(text).Value("root");

        private XElement Value(string name)
        {
            var element = new XElement(name);
            switch (Peek())
            {
                case '{':
                    Each('}', () =>
                    {
                        var member = String();
                        Expect(':');
                        element.Add(Value(member));
                    });
                    break;
                case '[':
                    Each(']', () => element.Add(Value("item")));
                    break;
                case '"':
                    element.Value = String();
                    break;
                default:
                    var begin = next;
                    while (text[next] == '+' || text[next] == '-' || text[next] == '.' || char.IsLetterOrDigit(text[next]))
                    {
                        next++;
                    }
                    element.Value = text.Substring(begin, next - begin);
                    break;
            }
            return element;
        }

        private void Each(char end, Action one)
        {
            next++;
            while (Peek() != end)
            {
                one();
                if (Peek() == ',')
                {
                    next++;
                }
            }
            next++;
        }

        private string String()
        {
            Expect('"');
            var value = new StringBuilder();
            for (; text[next] != '"'; next++)
            {
                if (text[next] != '\\')
                {
                    value.Append(text[next]);
                }
                else if (text[++next] == 'u')
                {
                    value.Append((char)Convert.ToInt32(text.Substring(next + 1, 4), 16));
                    next += 4;
                }
                else
                {
                    var at = "nrtbf".IndexOf(text[next]);
                    value.Append(at >= 0 ? "\n\r\t\b\f"[at] : text[next]);
                }
            }
            next++;
            return value.ToString();
        }

        private char Peek()
        {
            while (char.IsWhiteSpace(text[next]))
            {
                next++;
            }
            return text[next];
        }

        private void Expect(char character)
        {
            if (Peek() != character)
            {
                throw new FormatException("not '" + character + "' at " + next + " of " + text);
            }
            next++;
        }
    }
}
