using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Linq;
using System.Text;

namespace Dmerp.Native
{
    /// <summary>The names of the fields of some records, and their places.</summary>
    internal sealed class Columns
    {
        private readonly string[] names;
        private readonly Dictionary<string, int> places = new Dictionary<string, int>();

        internal Columns(IEnumerable<string> texts)
        {
            // A name that stands in the program's code is then the same object.
            names = texts.Select(name => string.IsInterned(name) ?? name).ToArray();
            for (var i = 0; i < names.Length; i++)
            {
                places.Add(names[i], i);
            }
            Names = new ReadOnlyCollection<string>(names);
        }

        internal IReadOnlyList<string> Names { get; }

        internal int Count => names.Length;

        /// <summary>Those of some names, each ended by a NUL; the same as before, if they are.</summary>
        internal static Columns Of(byte[] names, Columns? before)
        {
            var all = Encoding.UTF8.GetString(names).Split('\0');
            var texts = all.Take(all.Length - 1);
            return before != null && before.names.SequenceEqual(texts) ? before : new Columns(texts);
        }

        /// <summary>The place of a name; -1 for none.</summary>
        internal int Find(string name)
        {
            for (var i = 0; i < names.Length; i++)
            {
                if (ReferenceEquals(names[i], name)) // as it is mostly
                {
                    return i;
                }
            }
            return places.TryGetValue(name, out var place) ? place : -1;
        }
    }
}
